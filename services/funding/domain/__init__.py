"""The rules of funding: pure functions of state, event and time."""
