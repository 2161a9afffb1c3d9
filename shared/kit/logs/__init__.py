"""What an operator reads: one chain for our records and foreign ones, each written where it goes."""
