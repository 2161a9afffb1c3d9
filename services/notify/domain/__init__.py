"""The rules of notify: which message a fact calls for, once; retries, pace, support. No I/O, time passed in."""
