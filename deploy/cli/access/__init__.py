"""Who may speak, as a person or as a front-end, and with which keys."""
