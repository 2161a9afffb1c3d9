"""The open-data file of the grants."""
