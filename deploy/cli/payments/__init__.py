"""`fabriques payments`: runs approved and exported, what the bank answers, the proof of the ledger."""
