"""A service's database decided again from the log, and held against the one before."""
