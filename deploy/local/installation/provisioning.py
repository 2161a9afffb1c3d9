"""A platform as it is and as it should be: what lies on the bus, the accounts, everybody's rights."""

from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

from deploy.local.database.remembered_log import check_known_stores
from deploy.local.home.beside import server_home
from deploy.local.keys.identities import (
    PublicKeys,
    accounts_block,
    accounts_config,
    identities_of,
    make_keys,
)
from deploy.local.keys.people import read_founders
from deploy.local.server.account_reload import serve_accounts
from deploy.local.server.nats_server import CONFIG, configurations
from deploy.local.server.written_accounts import WrittenAccount, accounts_in
from deploy.provisioning.bus import BusPlan, apply, plan_bus
from deploy.provisioning.planned import Planned
from shared.contract.accounts import LOG_PREFIX
from shared.contract.front_ends import OPERATORS
from shared.contract.permissions import INSIDERS, permissions_of
from shared.kit.bus.connection import connect
from shared.kit.bus.reaching import NotConnected
from shared.kit.bus.rights import given_rights
from shared.kit.settings import Settings

IMPORT_SECONDS_MAX = 1.0
Rights = tuple[frozenset[str], frozenset[str]]  # what may be published, what may be subscribed to


@dataclass(frozen=True, slots=True)
class Plan:
    bus: BusPlan
    outside: tuple[Planned, ...]  # accounts and rights

    def rows(self) -> list[Planned]:
        return [*self.bus.rows(), *self.outside]


async def look(client: Client, settings: Settings, replicas: int | None = None) -> Plan:
    """Changes nothing.

    Raises PlatformDrift, OlderCopy where the bus is not this platform's; KeysMissing, FrontEndsInvalid.
    """
    await check_known_stores(client, settings)
    bus = await plan_bus(
        client.jetstream(),
        settings.programme().id,
        settings.rehearsal,
        replicas,
        read_founders(settings.home),
        settings.front_ends(),
    )
    return Plan(bus, tuple(await _outside(settings)))


async def carry_out(client: Client, settings: Settings, plan: Plan) -> None:
    """Streams and consumers first: rights speak of them. Raises ReloadFailed, and what the server refuses."""
    await apply(client.jetstream(), plan.bus)
    if any(row.is_change for row in plan.outside):
        await serve_as_should_be(settings)


async def serve_as_should_be(settings: Settings) -> None:
    """Has the server serve the accounts and rights of the tables, where it does not. Raises ReloadFailed."""

    async def served() -> bool:
        if any(row.is_change for row in await _outside(settings)):
            return False
        return await _imports_work(settings)

    if not await served():
        await serve_accounts(settings, settings.front_ends(), served)


async def _imports_work(settings: Settings) -> bool:
    """Whether what an account imports reaches the services': a new one's do after a second reading only."""
    if not settings.key_file(OPERATORS).exists():
        return True
    try:
        client = await connect(settings, OPERATORS, attempts=0)
    except NotConnected:
        return False
    try:
        await client.request(f"{LOG_PREFIX}.STREAM.NAMES", b"", timeout=IMPORT_SECONDS_MAX)
    except (NatsError, TimeoutError):
        return False
    finally:
        await client.close()
    return True


async def _outside(settings: Settings) -> list[Planned]:
    """Accounts as the server's configuration has them; rights as the server gives them, where one may ask."""
    configs = configurations(server_home(settings.home))
    if not configs:
        why = f"no {CONFIG} is here, nor are rights known: ask where it is kept, with the keys"
        return [Planned("account", "all", {}, {}, unknown=why)]
    front_ends = settings.front_ends()
    programme = settings.programme().id
    keys = make_keys(settings.home / "keys", front_ends)
    written = accounts_in(configs[0].read_text(encoding="utf-8"), programme)
    wanted = accounts_in(accounts_block([accounts_config(keys, programme, front_ends)]), programme)
    rows = account_rows(written, wanted)
    known = {key: rights for account in written.values() for key, rights in account.rights.items()}
    for identity in identities_of(front_ends):
        rights = permissions_of(identity, programme, front_ends)
        told = frozenset(rights.publish), frozenset(rights.subscribe)
        found = await _found_rights(settings, identity, _written_rights(known, keys, identity))
        rows.append(_rights_row(identity, found, told))
    return rows


def account_rows(
    written: dict[str, WrittenAccount], wanted: dict[str, WrittenAccount]
) -> list[Planned]:
    """What a programme has in the configuration and not in the tables is revoked: it lets in nobody more."""
    left = sorted(written.keys() - wanted.keys())
    rows = [_account_row(name, written.get(name), account) for name, account in wanted.items()]
    return rows + [_revoked_row(name, _told(written[name])) for name in left]


def _revoked_row(name: str, found: dict[str, Any]) -> Planned:
    return Planned("account", name, found, dict.fromkeys(found, 0))


def _account_row(name: str, found: WrittenAccount | None, wanted: WrittenAccount) -> Planned:
    if found is None:
        return Planned("account", name, {}, _told(wanted))
    has = _shape(found)
    should = _shape(wanted)
    if has == should:
        return Planned("account", name, _told(found), _told(wanted))
    changed = [part for part in should if has[part] != should[part]]
    return Planned(
        "account",
        name,
        {part: sorted(has[part] - should[part]) for part in changed},
        {part: sorted(should[part] - has[part]) for part in changed},
    )


def _shape(account: WrittenAccount) -> dict[str, frozenset[str]]:
    return {
        "users": frozenset(account.rights),
        "imports": account.imports,
        "exports": account.exports,
    }


def _told(account: WrittenAccount) -> dict[str, Any]:
    return {part: len(rows) for part, rows in _shape(account).items() if rows}


def _written_rights(known: dict[str, Rights], keys: PublicKeys, identity: str) -> Rights | None:
    return next((known[key] for key in keys[identity] if key in known), None)


async def _found_rights(
    settings: Settings, identity: str, written: Rights | None
) -> Rights | str | None:
    """What the server gives; None where it lets nobody in with this key, words where nobody can tell.

    Outsiders may not ask for their rights: theirs are those that are written, once they are let in.
    """
    try:
        client = await connect(settings, identity, attempts=0)
    except NotConnected as failure:
        return None if failure.hopeless else str(failure)
    try:
        found = await _served_rights(client) if identity in INSIDERS else written
    except (NatsError, TimeoutError):
        found = None
    finally:
        await client.close()
    return found or "the server does not tell them"


async def _served_rights(client: Client) -> Rights | None:
    given = await given_rights(client)
    if not given:
        return None
    publish, subscribe = (
        frozenset((given.get(act) or {}).get("allow") or ()) for act in ("publish", "subscribe")
    )
    return publish, subscribe


def _rights_row(identity: str, found: Rights | str | None, wanted: Rights) -> Planned:
    if isinstance(found, str):
        return Planned("rights", identity, {}, {}, unknown=found)
    if found is None:
        return Planned("rights", identity, {}, _counted(wanted))
    if found == wanted:
        return Planned("rights", identity, _counted(wanted), _counted(wanted))
    return Planned(
        "rights",
        identity,
        {"publish": sorted(found[0] - wanted[0]), "subscribe": sorted(found[1] - wanted[1])},
        {"publish": sorted(wanted[0] - found[0]), "subscribe": sorted(wanted[1] - found[1])},
    )


def _counted(rights: Rights) -> dict[str, Any]:
    return {"publish": f"{len(rights[0])} subjects", "subscribe": f"{len(rights[1])} subjects"}
