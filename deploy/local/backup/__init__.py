"""A platform in one sealed file, and back."""
