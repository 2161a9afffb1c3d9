"""The benchmark: what the machine could do, what the usual way does, and how near the platform comes."""
