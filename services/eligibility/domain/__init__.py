"""The rules of eligibility: files, territory, reviews. No I/O."""
