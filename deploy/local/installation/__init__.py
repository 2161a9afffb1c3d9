"""What an installation is made of, and what changes while it runs."""
