"""What stands in a form becomes an event of the contract, or mistakes: each at its field, all at once."""
