"""The rules of money: grants, tranches, payments, the bank's answers, recovery, the proof. No I/O."""
