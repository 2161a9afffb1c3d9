"""What proves a log: it is compared with every record, decided again, and written out for an auditor."""
