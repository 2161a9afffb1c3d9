"""Any decision of an officer, one by one or from a file."""
