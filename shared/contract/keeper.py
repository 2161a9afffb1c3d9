"""KEEPER: what the keeper of the log signs, so that anybody can tell later whether the log was touched."""

from typing import Annotated

from pydantic import ConfigDict, Field

from shared.contract.event import Event
from shared.contract.values import (
    CandidatureId,
    Code,
    Digest,
    Instant,
    Number,
    PublicKey,
    Sequence,
    Value,
    Word,
)

CheckpointSignature = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]


class StreamHead(Value):
    """How far a stream's chain reaches, and its head there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stream: Word
    sequence: Sequence
    head: Digest


class LogSealed(Event, says="keeper.log.sealed", dossier="number"):
    """A checkpoint: the heads of all streams' chains at one moment, signed with the platform's own Ed25519 key.

    `number` counts from 1 without a gap, and `previous` is the digest of the one before. `reason` is why it was due:
    first, hour, wave-published, payments-exported, key-replaced, asked. `next_key`, where it is there, signs the checkpoints
    that follow: the platform's key was replaced. `programme` is the digest of the programme's file.
    """

    number: Number
    platform: Word
    reason: Code
    sealed_at: Instant
    facts: Sequence
    streams: tuple[StreamHead, ...] = Field(max_length=1_000)
    previous: Digest
    programme: Digest
    key: PublicKey
    next_key: PublicKey | None = None
    signature: CheckpointSignature


class ErasedPlace(Value):
    """Where a message was: nothing lies there any more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stream: Word
    sequence: Sequence


class LogErased(Event, says="keeper.candidature.erased"):
    """The proof of an erasure: each of these services keeps nothing personal, and these messages left the log."""

    candidature_id: CandidatureId
    erased_at: Instant
    places: tuple[ErasedPlace, ...] = Field(max_length=10_000)
    services: tuple[Word, ...] = Field(max_length=100)
