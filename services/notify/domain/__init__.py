"""The rules of notify: which letter a fact calls for, once; addresses, retries, pace, support."""
