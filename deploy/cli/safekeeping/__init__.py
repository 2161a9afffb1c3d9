"""What is kept, against the log: proven, copied, and decided again."""
