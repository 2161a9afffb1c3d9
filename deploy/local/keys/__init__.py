"""The keys and certificates that lie in a data folder."""
