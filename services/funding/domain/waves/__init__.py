"""The rules of a wave in funding: ranking, approval, publication, reserve, appeals. No I/O."""
