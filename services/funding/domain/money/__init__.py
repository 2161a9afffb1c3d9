"""The rules of money: grants, tranches, payments, bank answers, recovery, and the proof of the ledger. No I/O."""
