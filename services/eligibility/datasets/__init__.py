"""The reference data of territory: read from their producers' files, checked, stored, held in memory as an index."""
