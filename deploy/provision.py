"""`python -m deploy.provision keys|bus`: what is done once, before an installation's services start.

keys  makes the keys of identities and founders, the server's configuration and the programme's copy,
      all in `FABRIQUES_HOME`. `--tls HOST` makes certificates too, where there are none: the listeners are
      reached under this name, and under others with `--tls` again
bus   applies the topology to the server at `FABRIQUES_NATS_URL`, and tells each change.
      `--plan` only tells. What would lose data is refused unless it is asked for by name, such as
      `--allow lower-replicas:INTAKE`
"""

import asyncio
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from deploy.local.certificates import certify, has_certificates
from deploy.local.nats_server import write_config
from deploy.local.people import make_founders, read_founders
from deploy.local.plan import PORT, PlatformNotStarted, programme_copy
from deploy.local.programme_copy import keep_programme, tell_programme
from deploy.local.restoring import require_restored
from deploy.local.spoken import check_known_stores
from deploy.local.store_key import StoreKeyWrong
from deploy.privacy import keep_to_ourselves
from shared.kit.bus.connection import connect
from shared.kit.bus.provisioning import provision
from shared.kit.bus.reaching import NotConnected
from shared.kit.bus.stream_changes import LOSSES
from shared.kit.errors import PlatformDrift
from shared.kit.settings import Settings, SettingsInvalid

USAGE = "usage: python -m deploy.provision keys [--tls HOST] | bus [1|3|5] [--plan] [--allow LOSS:STREAM]"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the server of a container is reached from other containers


def keys(settings: Settings, tls_hosts: list[str]) -> None:
    now = datetime.now(UTC)
    given = settings.programme_file if "programme_file" in settings.model_fields_set else None
    kept = programme_copy(settings.home)
    programme = keep_programme(kept, given if given != kept else None, now)
    make_founders(settings.home)
    if tls_hosts and not has_certificates(settings.home):
        certify(settings.home, tls_hosts)
    write_config(settings.home, programme.id, EVERYWHERE, PORT, tls=bool(tls_hosts))
    print(tell_programme(programme, now))


@dataclass(frozen=True, slots=True)
class BusOptions:
    replicas: int | None = None
    allowed: frozenset[str] = frozenset()
    plan_only: bool = False


def bus(settings: Settings, options: BusOptions) -> None:
    """Tells each change. Raises PlatformDrift before anything is changed where something would be lost."""

    async def work() -> list[str]:
        client = await connect(settings, "provisioner", attempts=30)
        try:
            await check_known_stores(client, settings)
            return await provision(
                client.jetstream(),
                settings.programme().id,
                settings.rehearsal,
                options.replicas,
                read_founders(settings.home),
                options.allowed,
                options.plan_only,
                settings.front_ends(),
            )
        finally:
            await client.close()

    for change in asyncio.run(work()):
        print(change)
    print(
        "Nothing was changed." if options.plan_only else "The streams and consumers are as the topology says."
    )


def bus_options(words: list[str]) -> BusOptions | None:
    """`[1|3|5] [--plan] [--allow KIND:STREAM]...`; None for anything else."""
    options = BusOptions()
    rest = iter(words)
    for word in rest:
        if word in ("1", "3", "5"):
            options = replace(options, replicas=int(word))
        elif word == "--plan":
            options = replace(options, plan_only=True)
        elif word == "--allow" and (name := next(rest, "")).partition(":")[0] in LOSSES:
            options = replace(options, allowed=options.allowed | {name})
        else:
            return None
    return options


def main(arguments: list[str]) -> int:
    keep_to_ourselves()
    try:
        settings = Settings()
        require_restored(settings.home)
        return _done(arguments, settings)
    except (PlatformNotStarted, PlatformDrift, NotConnected, SettingsInvalid, StoreKeyWrong) as failure:
        print(f"provision: {failure}", file=sys.stderr)
        return 1


def _done(arguments: list[str], settings: Settings) -> int:
    match arguments:
        case ["keys", *words] if set(words[::2]) <= {"--tls"} and len(words) % 2 == 0:
            keys(settings, words[1::2])
        case ["bus", *words] if (options := bus_options(words)) is not None:
            bus(settings, options)
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
