"""The waves of the call and their lists."""
