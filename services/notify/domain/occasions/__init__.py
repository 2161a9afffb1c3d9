"""Which letter each fact calls for, and what it holds. Each rule is `(contact, fact, cause) -> decision`."""
