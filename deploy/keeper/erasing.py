"""Takes out of the log what people said of an erased dossier, and proves it once nothing is left of it.

First the list that lies outside the backups is written, then each message goes with its salt, then the proof
is said. A crash between any two steps leaves work that the next round finds.
"""

import asyncio
import json

import structlog
from nats.aio.client import Client

from deploy.keeper.saying import STREAM, say_once
from deploy.keeper.store import Erasure, Place, Store
from shared.contract.eligibility import FileForgotten
from shared.contract.event import Event
from shared.contract.funding import GrantForgotten
from shared.contract.intake import CandidatureErased
from shared.contract.keeper import ErasedPlace, LogErased
from shared.contract.notify import ContactForgotten
from shared.contract.subjects import stream_of, subject_pattern
from shared.kit.bus.log_places import last_message
from shared.kit.delivery import instant_of
from shared.kit.erasures import ErasureList
from shared.kit.ids import derived_id

log = structlog.get_logger()
WORDS: tuple[type[Event], ...] = (CandidatureErased, FileForgotten, GrantForgotten, ContactForgotten)
ANSWER_SECONDS_MAX = 5.0
NO_MESSAGE = 10_057  # the server's code: a message that is not there


class NotErased(RuntimeError):
    """The broker refused to take a message out of a stream."""


class Eraser:
    def __init__(self, client: Client, store: Store, programme: str, kept: ErasureList) -> None:
        self._client, self._store, self._programme, self._kept = client, store, programme, kept

    async def round(self) -> None:
        """Raises nats errors, OSError, NotErased."""
        unproven = await asyncio.to_thread(self._store.unproven)
        for erasure in unproven:
            self._kept.add(erasure.candidature_id, instant_of(erasure.stamped_ns))
        if any(not erasure.gone for erasure in unproven):
            await erase_messages(self._client, self._store, [one.candidature_id for one in unproven])
            unproven = await asyncio.to_thread(self._store.unproven)
        for erasure in unproven:
            if erasure.gone:
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
            places=tuple(ErasedPlace(stream=place.stream, sequence=place.sequence) for place in places),
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


async def erase_messages(client: Client, store: Store, dossiers: list[str]) -> int:
    """What people said of these, as far as the chain has come. Returns how many messages were taken out."""
    places = await asyncio.to_thread(store.places_left, dossiers)
    for place in places:
        await _delete(client, place)
        await asyncio.to_thread(store.drop_salts, place.stream, [place.sequence])
    await asyncio.to_thread(store.gone, dossiers)
    return len(places)


async def _delete(client: Client, place: Place) -> None:
    """The server overwrites the bytes unless it is told not to; a purge would leave them in its file."""
    subject = f"$JS.API.STREAM.MSG.DELETE.{place.stream}"
    wanted = json.dumps({"seq": place.sequence}).encode()
    answer = json.loads((await client.request(subject, wanted, timeout=ANSWER_SECONDS_MAX)).data)
    if not answer.get("success") and answer.get("error", {}).get("err_code") != NO_MESSAGE:
        raise NotErased(f"place {place.sequence} of {place.stream}: {answer.get('error')}")
