"""The reference data of territory: read from their producers' files, checked, stored, held as an index."""
