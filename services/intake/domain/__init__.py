"""The rules of the counter, one subject a file: what may be sent, what becomes of it, when a wave ends."""
