"""How letters leave: one sender at a time, by a folder or a relay."""
