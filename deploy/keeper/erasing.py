"""Takes out of the log what people said of an erased dossier, and proves it once nothing is left of it.

First the list that lies outside the backups is written, then each message goes with its salt, then the proof
is said. A crash between any two steps leaves work that the next round finds.
"""

import asyncio
from collections.abc import Callable, Iterable

import structlog
from nats.aio.client import Client

from deploy.erasures import ErasureList
from deploy.keeper.saying import STREAM, say_once
from deploy.keeper.store import Erasure, Store
from shared.contract.eligibility import FileForgotten
from shared.contract.event import Event
from shared.contract.front_ends import FrontEnd
from shared.contract.funding import GrantForgotten
from shared.contract.intake import CandidatureErased
from shared.contract.keeper import ErasedPlace, LogErased
from shared.contract.notify import ContactForgotten
from shared.contract.subjects import stream_of, subject_pattern
from shared.contract.topology import buckets_of
from shared.kit.bus.buckets import take_out, take_out_dossier
from shared.kit.bus.log_places import last_message
from shared.kit.delivery import instant_of
from shared.kit.ids import derived_id

log = structlog.get_logger()
WORDS: tuple[type[Event], ...] = (
    CandidatureErased,
    FileForgotten,
    GrantForgotten,
    ContactForgotten,
)


class Eraser:
    """`front_ends` are those known now: a bucket of theirs may hold files of an erased dossier."""

    def __init__(
        self,
        client: Client,
        store: Store,
        programme: str,
        kept: ErasureList,
        front_ends: Callable[[], tuple[FrontEnd, ...]],
    ) -> None:
        self._client, self._store, self._programme, self._kept = client, store, programme, kept
        self._front_ends = front_ends

    async def round(self) -> None:
        """Raises nats errors, OSError, NotTakenOut."""
        unproven = await asyncio.to_thread(self._store.unproven)
        for erasure in unproven:
            self._kept.add(erasure.candidature_id, instant_of(erasure.stamped_ns))
        if any(not erasure.gone for erasure in unproven):
            await erase_messages(
                self._client, self._store, [one.candidature_id for one in unproven]
            )
            unproven = await asyncio.to_thread(self._store.unproven)
        for erasure in unproven:
            if erasure.gone:
                await take_out_files(self._client, self._front_ends(), erasure.candidature_id)
                await self._prove(erasure)

    async def _prove(self, erasure: Erasure) -> None:
        """Says the proof, once every service has said that it keeps nothing."""
        dossier = erasure.candidature_id
        for word in WORDS:
            subject = subject_pattern(self._programme, word, dossier)
            if await last_message(self._client, stream_of(word.publisher), subject) is None:
                return
        places = await asyncio.to_thread(self._store.erased_places, dossier)
        proof = LogErased(
            candidature_id=dossier,
            erased_at=instant_of(erasure.stamped_ns),
            places=tuple(
                ErasedPlace(stream=place.stream, sequence=place.sequence) for place in places
            ),
            services=tuple(word.publisher for word in WORDS),
        )
        if places or not await self._is_proven(dossier):
            event_id = derived_id(f"erased/{dossier}/{len(places)}", 0, proof.erased_at)
            await say_once(self._client, self._programme, proof, event_id, proof.erased_at)
            log.info("log erased", dossier=dossier, count=len(places))
        await asyncio.to_thread(self._store.proven, dossier)

    async def _is_proven(self, dossier: str) -> bool:
        """A keeper that lost its memory finds holes, and knows not of what."""
        subject = subject_pattern(self._programme, LogErased, dossier)
        return await last_message(self._client, STREAM, subject) is not None


async def take_out_files(client: Client, front_ends: Iterable[FrontEnd], dossier: str) -> None:
    """Whatever any front-end uploaded for it, named by a submission or not."""
    for bucket in buckets_of(front_ends):
        await take_out_dossier(client, bucket.front_end, dossier)


async def erase_messages(client: Client, store: Store, dossiers: list[str]) -> int:
    """What people said of these, as far as the chain has come. Returns how many messages were taken out."""
    places = await asyncio.to_thread(store.places_left, dossiers)
    for place in places:
        await take_out(client, place.stream, place.sequence)
        await asyncio.to_thread(store.drop_salts, place.stream, [place.sequence])
    await asyncio.to_thread(store.gone, dossiers)
    return len(places)
