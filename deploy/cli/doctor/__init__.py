"""What is wrong with a platform, and what to do about it: one module for each thing that is looked at."""
