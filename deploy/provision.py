"""`python -m deploy.provision keys|bus`: what is done once before the services of an installation are started.

keys  makes the identities' and founders' keys, the server's configuration and the programme's copy in `FABRIQUES_HOME`
bus   applies the topology to the server at `FABRIQUES_NATS_URL`; again after each upgrade
"""

import asyncio
import sys
from datetime import UTC, datetime

from deploy.local.nats_server import write_config
from deploy.local.people import make_founders, read_founders
from deploy.local.plan import PORT, PlatformNotStarted, programme_copy
from deploy.local.programme_copy import keep_programme, tell_programme
from shared.kit.connection import connect
from shared.kit.errors import PlatformDrift
from shared.kit.provisioning import provision
from shared.kit.reaching import NotConnected
from shared.kit.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - the server of a container is reached from other containers


def keys(settings: Settings) -> None:
    now = datetime.now(UTC)
    given = settings.programme_file if "programme_file" in settings.model_fields_set else None
    kept = programme_copy(settings.home)
    programme = keep_programme(kept, given if given != kept else None, now)
    make_founders(settings.home)
    write_config(settings.home, programme.id, EVERYWHERE, PORT)
    print(tell_programme(programme, now))


def bus(settings: Settings, replicas: int = 1) -> None:
    async def work() -> None:
        client = await connect(settings, "provisioner", attempts=30)
        try:
            founders = read_founders(settings.home)
            await provision(client.jetstream(), settings.programme().id, settings.rehearsal, replicas, founders)
        finally:
            await client.close()

    asyncio.run(work())
    print("The streams and consumers are as the topology says.")


def main(arguments: list[str]) -> int:
    try:
        return _done(arguments, Settings())
    except (PlatformNotStarted, PlatformDrift, NotConnected) as failure:
        print(f"provision: {failure}", file=sys.stderr)
        return 1


def _done(arguments: list[str], settings: Settings) -> int:
    match arguments:
        case ["keys"]:
            keys(settings)
        case ["bus"]:
            bus(settings)
        case ["bus", replicas] if replicas in ("1", "3", "5"):
            bus(settings, int(replicas))
        case _:
            print("usage: python -m deploy.provision keys | bus [1|3|5]", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
