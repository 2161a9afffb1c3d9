"""What notify is told of a dossier, and the mail that came of it."""

import email
import email.policy
from contextlib import suppress
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

from nacl.signing import SigningKey

from services.notify.keys import load_proof
from shared.contract import frontdesk
from shared.contract.event import Event
from shared.contract.notify import NoticeSent
from shared.kit.people.signatures import signed_headers
from tests.platform import Platform, as_bytes
from tests.submissions import OPEN_DAY, submission

AWARDED_AT = "2021-02-15T10:00:00+01:00"


async def submit(platform: Platform, **changes: Any) -> str:
    candidature_id, body = submission(**changes)
    await platform.publish(
        "holders", frontdesk.CandidatureSubmitted, candidature_id, body, at=OPEN_DAY
    )
    await confirm(platform, candidature_id, body["holder"]["email"])
    return candidature_id


async def confirm(platform: Platform, candidature_id: str, address: str) -> None:
    """The holder opens the link of a letter."""
    code = load_proof(platform.home / "keys").code(candidature_id, address)
    body = {"candidature_id": candidature_id, "token": code}
    await platform.publish("holders", frontdesk.AddressConfirmed, candidature_id, body, at=OPEN_DAY)


async def holder_says(
    platform: Platform,
    kind: type[Event],
    dossier: str,
    *,
    at: str,
    key: SigningKey | None,
    **said: Any,
) -> None:
    """An act of a holder, signed where there is a key."""
    subject = f"{platform.programme}.{kind.event_type()}.{dossier}"
    body = as_bytes({"candidature_id": dossier, **said})
    headers = (
        signed_headers(key, platform.roots.platform, subject, str(uuid4()), body) if key else {}
    )
    await platform.publish("holders", kind, dossier, body, headers=headers, at=at)


def registered(candidature_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "candidature_id": candidature_id, "receipt_number": "FABT-2020-4-00012", "receipt_sequence": 12,
        "wave": "2020-4", "version": 1, "received_at": OPEN_DAY, "answer_due_on": "2021-01-03",
        "legal_name": "Association La Passerelle", "siret": "73282932000074", "legal_form": "association",
        "place_name": "La Passerelle", "kinds": ["coworking"], "commune_code": "03310", "latitude": 46.12,
        "longitude": 3.42, "requested_cents": [5_000_000] * 3,
    } | changes  # fmt: skip


def awarded(candidature_id: str, rank: int = 1, promoted: bool = False) -> dict[str, Any]:
    return {
        "candidature_id": candidature_id, "wave": "2020-4", "rank": rank, "zone": "outside-urban",
        "awarded_cents": [5_000_000] * 3, "promoted": promoted, "awarded_at": AWARDED_AT,
    }  # fmt: skip


def ranked(laureates: int) -> dict[str, Any]:
    digest = "0" * 64
    return {
        "wave": "2020-4", "proposal": 1, "laureates": laureates, "waitlisted": 0, "declined": 0,
        "awarded_cents": laureates * 15_000_000, "inputs_digest": digest, "policy_digest": digest,
        "digest": digest,
    }  # fmt: skip


async def sent(platform: Platform, candidature_id: str, count: int = 1) -> list[str]:
    """The templates sent for a dossier, once there are at least `count`."""
    await platform.fact(NoticeSent, candidature_id, count)
    return [stored.data["template"] for stored in await platform.facts(NoticeSent, candidature_id)]


def mails(platform: Platform) -> dict[str, EmailMessage]:
    """Those that lie there; one that an erasure takes away meanwhile does not."""
    found: dict[str, EmailMessage] = {}
    for path in (platform.home / "mail").glob("*.eml"):
        with suppress(FileNotFoundError):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            found[path.stem] = mail
    return found


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\u00a0", " ").replace("\n", " ")
