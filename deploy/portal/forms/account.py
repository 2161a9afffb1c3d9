"""Bank details: looked at, sealed for the service that pays, and forgotten here at once."""

import base64
import json
from typing import Any

from nacl.public import PublicKey, SealedBox
from stdnum import bic as bics
from stdnum import iban as ibans

from deploy.portal.forms.acts import ACCOUNT
from deploy.portal.forms.fields import Mistake, Typed
from deploy.portal.forms.reading import values_of
from shared.contract.frontdesk import BankDetailsProvided
from shared.contract.identity import bare_number

NEVER_SHOWN = frozenset(("iban", "bic"))


def without_account(typed: Typed) -> dict[str, Any]:
    """What may be shown again: the numbers of an account are typed again instead."""
    return {name: given for name, given in typed.items() if name not in NEVER_SHOWN}


def account_mistakes(typed: Typed) -> list[Mistake]:
    """What can be told before it is sealed; the service that pays looks again, and writes to the holder."""
    values, mistakes = values_of(ACCOUNT.fields, typed)
    iban = str(bare_number(values["iban"] or ""))
    bic = str(bare_number(values["bic"] or ""))
    if iban and not (iban.isascii() and ibans.is_valid(iban)):
        mistakes.append(
            Mistake("iban", "Cet IBAN n'est pas valide : vérifiez sa longueur et ses chiffres.")
        )
    if bic and not (bic.isascii() and bics.is_valid(bic)):
        mistakes.append(Mistake("bic", "Ce BIC n'est pas valide : il a 8 ou 11 caractères."))
    return mistakes


def sealed_account(typed: Typed, candidature_id: str, public_key: str) -> BankDetailsProvided:
    """`public_key` is funding's, in base64: nobody else opens the box, this process included."""
    values, _ = values_of(ACCOUNT.fields, typed)
    details = {
        "iban": str(bare_number(values["iban"])),
        "bic": str(bare_number(values["bic"])) if values["bic"] else None,
        "account_holder": values["account_holder"].strip(),
    }
    box = SealedBox(PublicKey(base64.b64decode(public_key, validate=True)))
    sealed = base64.b64encode(box.encrypt(json.dumps(details).encode())).decode()
    return BankDetailsProvided(candidature_id=candidature_id, sealed=sealed)
