"""When a checkpoint is due, and what it says, by rules alone: no I/O."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from deploy.keeper.chain import End, canonical
from shared.contract.funding import PaymentsExported, WavePublished
from shared.contract.keeper import LogSealed, StreamHead
from shared.contract.subjects import type_of
from shared.kit.people.signatures import public_key_of

FORM = b"fabriques-checkpoint-v1\n"
EVERY = timedelta(hours=1)
NOTHING_BEFORE = "0" * 64
OCCASIONS = {
    WavePublished.event_type(): "wave-published",
    PaymentsExported.event_type(): "payments-exported",
}
OCCASIONS_STREAM = "FUNDING"


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands in each: what signatures cover here, the digest of the programme's file, the key.

    An `earlier` key signs once more: that it is replaced.
    """

    platform: str
    programme: str
    key: SigningKey
    earlier: tuple[SigningKey, ...] = ()

    def signer(self, last: LogSealed | None) -> SigningKey:
        """Whose turn it is after the last one: the key that it names."""
        named = (last.next_key or last.key) if last else ""
        return next((key for key in self.earlier if public_key_of(key) == named), self.key)


def due(
    scene: Scene,
    last: LogSealed | None,
    subjects: Iterable[str],
    now: datetime,
    asked: bool = False,
) -> str:
    """Why a checkpoint is due now; empty where none is. `subjects` are those chained since the last one.

    A clock that was put back is no reason to wait for it.
    """
    if last is None:
        return "first"
    if scene.signer(last) is not scene.key:
        return "key-replaced"
    for subject in subjects:
        if occasion := OCCASIONS.get(type_of(subject)):
            return occasion
    if abs(now - last.sealed_at) >= EVERY:
        return "hour"
    return "asked" if asked else ""


def checkpoint(
    scene: Scene,
    last: LogSealed | None,
    ends: Sequence[tuple[str, End]],
    facts: int,
    reason: str,
    now: datetime,
) -> LogSealed:
    """The next one, signed. `ends` are the streams and how far their chains reach."""
    key = scene.signer(last)
    unsigned = LogSealed(
        number=last.number + 1 if last else 1,
        platform=scene.platform,
        reason=reason,
        sealed_at=now,
        facts=facts,
        streams=tuple(
            StreamHead(stream=name, sequence=e.through, head=e.head.hex()) for name, e in ends
        ),
        previous=digest_of(last) if last else NOTHING_BEFORE,
        programme=scene.programme,
        key=public_key_of(key),
        next_key=None if key is scene.key else public_key_of(scene.key),
        signature=base64.b64encode(bytes(64)).decode(),
    )
    signature = key.sign(signed_bytes(unsigned)).signature
    return unsigned.model_copy(update={"signature": base64.b64encode(signature).decode()})


def is_ours(sealed: LogSealed, scene: Scene) -> bool:
    """Whether one of our keys signed it, as it stands; or one before them, which named ours and is gone."""
    ours = [public_key_of(key) for key in (scene.key, *scene.earlier)]
    if sealed.key not in ours and sealed.next_key != ours[0]:
        return False
    try:
        key = VerifyKey(base64.b64decode(sealed.key))
        key.verify(signed_bytes(sealed), base64.b64decode(sealed.signature))
    except (BadSignatureError, ValueError):
        return False
    return True


def signed_bytes(sealed: LogSealed) -> bytes:
    return FORM + canonical(sealed.model_dump(mode="json", exclude={"signature"}))


def digest_of(sealed: LogSealed) -> str:
    """What the next checkpoint names this one by, its signature included."""
    return sha256(canonical(sealed.model_dump(mode="json"))).hexdigest()
