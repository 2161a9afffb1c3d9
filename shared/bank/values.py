"""What is refused of a file that passes between funding and a bank, and the length of the names in it."""

from shared.contract.values import Reason

IDENTIFIER_LENGTH_MAX = 35


class Refused(ValueError):
    """Input refused with every reason at once. No reason repeats an account number."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        told = [f"{reason.field or reason.code} : {reason.message}" for reason in reasons]
        super().__init__("; ".join(told))
        self.reasons = reasons


class BankFileInvalid(Refused):
    """A file that is not a bank's answer that can be read: nothing of it may be used."""
