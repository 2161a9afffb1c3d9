"""The containers as they are run: what `make compose` plays, and how tests read the files."""
