"""States, inbox and outbox, on SQLite and PostgreSQL alike: few queries in, few statements out."""
