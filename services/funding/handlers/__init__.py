"""What funding does with each fact it hears: the selection, the life of a grant, the money."""
