"""What a bank's reasons say of the money: the codes of ISO 20022 for transfers, each with what it means.

A code that is in no table leaves it open.
Source: ISO 20022 external code sets, "status reason" and "return reason".
"""

import re
from dataclasses import dataclass

CODE_LENGTH_MAX = 10

# Refused because the bank has it already, is still at it, or does it in another way: the money may move.
PERHAPS_PAID = {
    "AB01": "clearing ended by a timeout",
    "AB03": "settlement ended by a timeout",
    "AB05": "the holder's bank was silent",
    "AB06": "a bank on the way was silent",
    "AB11": "our bank was silent",
    "AM05": "duplicate",
    "ARDT": "it came back already",
    "ARPL": "a reply is awaited",
    "CH19": "the day is moved to the next TARGET day",
    "DS01": "the signature is right",
    "DS03": "it was not cancelled",
    "DS05": "forwarded",
    "DS06": "waits for a signature",
    "DS07": "all was done",
    "DS15": "the same signature was sent already",
    "DS26": "signed several times by one person",
    "DT06": "the day was changed so that it can be paid",
    "DU01": "message sent twice",
    "DU02": "payment block sent twice",
    "DU03": "transfer sent twice",
    "DU04": "end-to-end id used twice",
    "DU05": "instruction id used twice",
    "DUPL": "duplicate payment",
    "FF10": "a fault at the bank",
    "NOAS": "no answer from the holder",
    "PTNA": "it went to the next bank",
    "RF01": "reference used twice",
    "RR08": "paid with a shortened remittance",
}
# Refused for good: this attempt moved no money, and will not.
UNPAID = {
    "AB02": "clearing failed",
    "AB04": "settlement failed",
    "AB07": "a bank is not reachable",
    "AB08": "the holder's bank is not reachable",
    "AB09": "error at the holder's bank",
    "AB10": "error at a bank on the way",
    "AC01": "account number wrong",
    "AC02": "our account number wrong",
    "AC03": "the holder's account number wrong",
    "AC04": "account closed",
    "AC05": "our account closed",
    "AC06": "account blocked",
    "AC07": "the holder's account closed",
    "AC08": "branch wrong",
    "AC09": "currency of the account wrong",
    "AC10": "currency of our account wrong",
    "AC11": "currency of the holder's account wrong",
    "AC12": "kind of account not allowed",
    "AC13": "kind of our account not allowed",
    "AC14": "kind of the holder's account not allowed",
    "AC15": "the account's details changed",
    "AC17": "account in liquidation",
    "AG01": "transfer forbidden on this account",
    "AG02": "operation code wrong",
    "AG03": "kind of transfer not supported",
    "AG04": "country of a bank wrong",
    "AG05": "country of our bank wrong",
    "AG06": "country of the holder's bank wrong",
    "AG08": "no right to do this",
    "AG10": "a bank is suspended",
    "AG11": "the holder's bank is suspended",
    "AGNT": "bank wrong",
    "AM01": "amount is zero",
    "AM02": "amount not allowed",
    "AM03": "currency not allowed",
    "AM04": "not enough money",
    "AM06": "amount too low",
    "AM07": "amount blocked",
    "AM09": "amount wrong",
    "AM10": "control sum wrong",
    "AM11": "currency wrong",
    "AM12": "amount invalid",
    "AM13": "above the clearing system's limit",
    "AM14": "above the agreed limit",
    "AM15": "below the clearing system's minimum",
    "AM16": "control sum of the file wrong",
    "AM17": "control sum of the block wrong",
    "AM18": "number of transfers wrong",
    "AM19": "number of transfers of the file wrong",
    "AM20": "number of transfers of the block wrong",
    "AM21": "above a limit",
    "AM22": "amount zero, not applied",
    "AM23": "above the settlement limit",
    "BE01": "holder and account do not match",
    "BE04": "the holder's address is missing",
    "BE05": "whoever sent it is not known",
    "BE06": "holder not known",
    "BE07": "our address is missing",
    "BE08": "error of a bank",
    "BE09": "country wrong",
    "BE10": "our country wrong",
    "BE11": "the holder's country wrong",
    "BE15": "identification wrong",
    "BE16": "our identification wrong",
    "BE17": "the holder's identification wrong",
    "BE19": "charge bearer wrong",
    "BE20": "name too long",
    "BE21": "name missing",
    "BE22": "the holder's name missing",
    "BE23": "account not known by this alias",
    "CH03": "day too far ahead",
    "CH04": "day too far back",
    "CH07": "element at the wrong level",
    "CH11": "creditor identifier wrong",
    "CH15": "remittance too long",
    "CH16": "content of an element wrong",
    "CH17": "element not allowed",
    "CH20": "too many decimals",
    "CH21": "mandatory element missing",
    "CN01": "authorisation cancelled",
    "CNOR": "the holder's bank is not in the scheme",
    "CURR": "currency wrong",
    "CUST": "cancelled by whoever ordered it",
    "DNOR": "our bank is not in the scheme",
    "DS02": "cancelled by an authorised person",
    "DS04": "order refused by the bank",
    "DS08": "file cannot be decompressed",
    "DS09": "file cannot be decrypted",
    "DS0A": "signature missing",
    "DS0B": "form of the signature wrong",
    "DS0C": "certificate revoked",
    "DS0D": "certificate invalid",
    "DS0E": "certificate missing",
    "DS0F": "authority of the certificate not known",
    "DS0G": "signer may not sign this operation",
    "DS0H": "signer may not sign for this account",
    "DS0K": "signer may not sign so many",
    "DS10": "certificate of the first signer revoked",
    "DS11": "certificate of the first signer invalid",
    "DS12": "certificate of the first signer missing",
    "DS13": "authority of the first certificate not known",
    "DS14": "user not known",
    "DS16": "version of the public key wrong",
    "DS17": "signatures over different data",
    "DS18": "file to be sent anew",
    "DS20": "certificate of the second signer revoked",
    "DS21": "certificate of the second signer invalid",
    "DS22": "certificate of the second signer missing",
    "DS23": "authority of the second certificate not known",
    "DS24": "the time to sign is over",
    "DS25": "file deleted by the bank",
    "DS27": "user not active yet",
    "DT01": "date wrong",
    "DT02": "date of creation wrong",
    "DT03": "not a banking day",
    "DT04": "day ahead not supported",
    "DT05": "after the cut-off day",
    "ED01": "no bank to pass it to",
    "ED05": "settlement failed",
    "ED06": "settlement system not available",
    "ERIN": "extended remittance not supported",
    "FF01": "form of the file wrong",
    "FF02": "syntax error",
    "FF03": "payment type wrong",
    "FF04": "service level wrong",
    "FF05": "local instrument wrong",
    "FF06": "category purpose wrong",
    "FF07": "purpose wrong",
    "FF08": "end-to-end id wrong",
    "FF11": "request aborted",
    "FOCR": "after a request to cancel",
    "FR01": "fraud",
    "FRAD": "fraud",
    "ID01": "signature without its file",
    "LEGL": "legal decision",
    "MD07": "holder deceased",
    "MS02": "reason not told by the holder",
    "MS03": "reason not told by a bank",
    "NARR": "told in words",
    "NOCM": "not compliant with the rules of the account",
    "RC01": "bank code wrong",
    "RC02": "bank code missing",
    "RC03": "our bank's code wrong",
    "RC04": "the code of the holder's bank wrong",
    "RC05": "BIC wrong",
    "RC06": "our BIC wrong",
    "RC07": "the holder's BIC wrong",
    "RC08": "clearing code wrong",
    "RC09": "our clearing code wrong",
    "RC10": "the holder's clearing code wrong",
    "RC11": "intermediary wrong",
    "RR01": "our account or identification missing",
    "RR02": "our name or address missing",
    "RR03": "the holder's name or address missing",
    "RR04": "regulatory reason",
    "RR05": "regulatory report wrong",
    "RR06": "tax information wrong",
    "RR07": "remittance wrong",
    "RR09": "creditor reference wrong",
    "RR10": "characters not allowed",
    "RR11": "service identification wrong",
    "RR12": "identification missing",
    "RUTA": "could not be applied",
    "SL01": "service of our bank",
    "SL02": "service of the holder's bank",
    "SL11": "holder not on our white list",
    "SL12": "holder on our black list",
    "SL13": "above the number allowed",
    "SL14": "above the amount allowed",
    "TA01": "transmission aborted",
    "TD02": "file cannot be read",
    "TD03": "structure of the file wrong",
    "TK09": "token not found",
    "TM01": "after the cut-off hour",
    "TS04": "to be signed by hand",
}
# A narrative, or a code of the bank's own, may say the same in words.
SAYS_TWICE = re.compile("dup|doubl|already|déjà|deja|deux fois|twice", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reasons:
    """All reasons of one refusal, at whatever level: `codes` in the bank's order, `words` joined."""

    codes: tuple[str, ...] = ()
    words: str = ""

    def __add__(self, other: "Reasons") -> "Reasons":
        return Reasons(self.codes + other.codes, f"{self.words} {other.words}".strip())

    @property
    def _doubts(self) -> list[str]:
        return [code for code in self.codes if code in PERHAPS_PAID]

    @property
    def _unknown(self) -> list[str]:
        return [code for code in self.codes if code not in PERHAPS_PAID and code not in UNPAID]

    @property
    def that_decide(self) -> "Reasons":
        """The few that the others change nothing of: each level above is added to each transfer."""
        codes = dict.fromkeys((*self.codes[:1], *self._doubts[:1], *self._unknown[:1]))
        says_twice = SAYS_TWICE.search(self.words)
        return Reasons(tuple(codes), says_twice[0] if says_twice else "")

    @property
    def leave_it_unpaid(self) -> bool:
        """Whether a refusal for these reasons is certain; one without a reason is the bank's plain word."""
        if SAYS_TWICE.search(self.words):
            return False
        return all(code in UNPAID for code in self.codes)

    @property
    def telling(self) -> str | None:
        """The one to keep with the order: a doubt first, then what no table knows, then the bank's first."""
        if not self.codes:
            return None
        first = [*self._doubts, *self._unknown, *self.codes][0]
        return first[:CODE_LENGTH_MAX]
