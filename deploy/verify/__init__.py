"""The verifier of exports: one file that is copied alone, and imports nothing of the project."""
