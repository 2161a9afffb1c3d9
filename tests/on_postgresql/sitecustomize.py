"""Python runs this first, in each process that a test on PostgreSQL starts."""

from tests.store import take_over

take_over()
