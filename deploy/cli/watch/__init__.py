"""A live view of a platform, for whoever watches it over SSH."""
