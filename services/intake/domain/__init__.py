"""The rules of the counter: register, refuse with every reason, ask for pieces, withdraw, close a wave. No I/O."""
