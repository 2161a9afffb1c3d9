"""What administrators and officers of a platform of this machine sign: a key registered, a reviewer asked."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

from nacl.signing import SigningKey
from nats.aio.client import Client

from deploy.local.keys.people import key_file, read_key
from deploy.local.running.platform import LocalPlatform
from shared.contract.backoffice import OfficerAct, ReviewAssigned
from shared.contract.event import Event
from shared.contract.people import PersonRegistered
from shared.contract.subjects import ask_subject, subject_of
from shared.contract.topology import HEARS
from shared.contract.values import Actor, Role
from shared.kit.bus.connection import connect
from shared.kit.ids import unstamped_id
from shared.kit.people.roots import founder, platform_name
from shared.kit.people.signatures import public_key_of, signed_headers
from tests.platform import PATIENCE_SECONDS, as_bytes, until

ADMINISTRATORS = ("administrator-1", "administrator-2")


class Officers:
    """Signs for whoever has a key in its hands, and waits until each service has decided on it.

    In a thread: this one has the browser's event loop.
    """

    def __init__(self, platform: LocalPlatform) -> None:
        self._platform = platform
        home = platform.settings.home
        self._keys = {name: read_key(key_file(home, name)) for name in ADMINISTRATORS}
        founders = [founder(name, public_key_of(key)) for name, key in self._keys.items()]
        self._name = platform_name("fabriques", platform.settings.rehearsal, founders)

    def register(self, person_id: str, public_key: str, *roles: Role) -> None:
        """By both administrators."""
        for name in ADMINISTRATORS:
            self.act(
                PersonRegistered(
                    actor=Actor(id=name, role=Role.ADMINISTRATOR),
                    reason="prise de fonctions",
                    person_id=person_id,
                    roles=roles,
                    public_key=public_key,
                )
            )

    def assign(self, dossier: str, reviewer_id: str) -> None:
        """By an instructor who is registered for it."""
        key = self._keys.setdefault("moreau", SigningKey.generate())
        self.register("moreau", public_key_of(key), Role.INSTRUCTOR)
        actor = Actor(id="moreau", role=Role.INSTRUCTOR)
        self.act(
            ReviewAssigned(
                actor=actor, reason="désignation", candidature_id=dossier, reviewer_id=reviewer_id
            )
        )

    def act(self, event: OfficerAct) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._publish(event, self._keys[event.actor.id])).result()

    async def _publish(self, event: Event, key: SigningKey) -> None:
        client = await connect(self._platform.settings, "officers")
        subject, body = subject_of("fabriques", event), event.model_dump_json().encode()
        headers = signed_headers(key, self._name, subject, str(uuid4()), body)
        kept = await client.jetstream().publish(
            subject, body, headers=headers | {"Nats-Msg-Id": str(uuid4())}
        )
        place = {"event_id": unstamped_id(kept.stream, kept.seq), "dossier": event.dossier}
        for service in (name for name, hears in HEARS.items() if type(event) in hears):
            await until(partial(_is_decided, client, service, place), f"{service} decides on it")
        await client.close()


async def _is_decided(client: Client, service: str, place: dict[str, str]) -> bool:
    subject = ask_subject("fabriques", service, "decided")
    answer = await client.request(subject, as_bytes(place), timeout=PATIENCE_SECONDS)
    return bool(json.loads(answer.data)["decided"])
