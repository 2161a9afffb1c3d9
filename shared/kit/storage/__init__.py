"""States, inbox and outbox in a database: few queries in, few statements out, on SQLite and
PostgreSQL alike.
"""
