"""The keeper: chains what lies in the log by salted digests, and signs how far and to what it came."""
