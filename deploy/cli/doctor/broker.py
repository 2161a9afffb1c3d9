"""The broker: its version, and whether each key is let in."""

import asyncio

from deploy.cli.doctor.finding import Finding
from deploy.cli.doctor.ground import Ground
from shared.contract.permissions import INSIDERS, accounts_of
from shared.kit.bus.connection import connect
from shared.kit.bus.reaching import NotConnected
from shared.kit.bus.rights import check_rights
from shared.kit.errors import PlatformDrift

OLDEST = (2, 12)  # the first with atomic batches, which funding publishes


async def check_version(ground: Ground) -> list[Finding]:
    version = ground.owner.connected_server_version
    return judge_version((version.major, version.minor))


def judge_version(found: tuple[int, int]) -> list[Finding]:
    if found >= OLDEST:
        return []
    what = f"nats-server is {found[0]}.{found[1]}, older than {OLDEST[0]}.{OLDEST[1]}"
    return [
        Finding("error", "version", what, "update nats-server: streams with atomic batches need it")
    ]


async def check_accounts(ground: Ground) -> list[Finding]:
    """Each identity connects with its own key; the services' users are asked what they may do."""
    programme = ground.bus.programme.id
    identities = [*INSIDERS, *(name for name, _ in accounts_of(programme, ground.front_ends))]
    failures = await asyncio.gather(*(_let_in(ground, identity) for identity in identities))
    return judge_accounts(dict(zip(identities, failures, strict=True)))


async def _let_in(ground: Ground, identity: str) -> str:
    """Why this identity cannot do its work; empty where it can."""
    try:
        client = await connect(ground.settings, identity, attempts=0)
    except NotConnected as failure:
        return str(failure)
    try:
        if identity in INSIDERS:
            await check_rights(client, identity, ground.bus.programme.id, ground.front_ends)
    except PlatformDrift as drift:
        return str(drift)
    finally:
        await client.close()
    return ""


def judge_accounts(failures: dict[str, str]) -> list[Finding]:
    """`failures` tells of each identity why it is not let in; empty where it is."""
    todo = (
        "bring back the key that the server knows, or write the server's users again: fabriques up"
    )
    return [
        Finding("error", "accounts", f"{identity}: {why}", todo)
        for identity, why in failures.items()
        if why
    ]
