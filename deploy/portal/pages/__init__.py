"""The pages, by whom they are for. Each takes a visit and gives a response."""
