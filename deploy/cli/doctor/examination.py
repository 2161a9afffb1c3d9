"""Every check, one after the other. One that fails by itself is a finding, and the others go on."""

from collections.abc import Awaitable, Callable

import nats.errors
import nats.js.errors
from sqlalchemy.exc import SQLAlchemyError

from deploy.cli.doctor.broker import check_accounts, check_version
from deploy.cli.doctor.certificates import check_certificates
from deploy.cli.doctor.clocks import check_clocks
from deploy.cli.doctor.databases import check_continuity, check_databases
from deploy.cli.doctor.disk import check_disk
from deploy.cli.doctor.finding import Finding
from deploy.cli.doctor.ground import Ground, stand_on
from deploy.cli.doctor.keys import check_keys
from deploy.cli.doctor.processes import check_processes
from deploy.cli.doctor.services import (
    check_annual_job,
    check_dead_letters,
    check_mail,
    check_money,
    check_services,
    check_waits,
    check_waves,
)
from deploy.cli.doctor.streams import check_consumers, check_streams
from deploy.cli.terminal.failures import CommandFailed
from deploy.local.home.plan import PlatformNotStarted
from shared.kit.bus.reaching import NotConnected
from shared.kit.errors import Temporary
from shared.kit.settings import Settings

OF_THE_MACHINE: dict[str, Callable[[Settings], list[Finding]]] = {
    "keys": check_keys,
    "certificates": check_certificates,
    "disk": check_disk,
    "databases": check_databases,
    "processes": check_processes,
}
ON_THE_BUS: dict[str, Callable[[Ground], Awaitable[list[Finding]]]] = {
    "version": check_version,
    "accounts": check_accounts,
    "streams": check_streams,
    "consumers": check_consumers,
    "clocks": check_clocks,
    "services": check_services,
    "continuity": check_continuity,
    "mail": check_mail,
    "money": check_money,
    "annual-job": check_annual_job,
    "dead-letters": check_dead_letters,
    "waits": check_waits,
    "waves": check_waves,
}
CHECKS = (*OF_THE_MACHINE, "broker", *ON_THE_BUS)
AWAY = (NotConnected, Temporary, nats.errors.Error, OSError, TimeoutError)
FAILURES = (*AWAY, nats.js.errors.Error, SQLAlchemyError, CommandFailed, PlatformNotStarted)


async def examine(settings: Settings) -> list[Finding]:
    """What is wrong, in the order of the checks. Where the broker is away, only this machine is looked at."""
    found: list[Finding] = []
    for name, check in OF_THE_MACHINE.items():
        try:
            found += check(settings)
        except FAILURES as failure:
            found.append(unmade(name, failure))
    try:
        async with stand_on(settings) as ground:
            for name, look in ON_THE_BUS.items():
                found += await _looked(name, look, ground)
    except AWAY as failure:
        found.append(broker_away(str(failure) or type(failure).__name__))
    return found


async def _looked(
    name: str, look: Callable[[Ground], Awaitable[list[Finding]]], ground: Ground
) -> list[Finding]:
    try:
        return await look(ground)
    except FAILURES as failure:
        return [unmade(name, failure)]


def broker_away(cause: str) -> Finding:
    todo = (
        "start the platform (fabriques up), or look at logs/nats-server.log; nothing else was asked"
    )
    return Finding("error", "broker", cause, todo)


def unmade(name: str, failure: Exception) -> Finding:
    """Who cannot look does not know that all is well."""
    what = f"it could not be looked at: {failure or type(failure).__name__}"
    return Finding("error", name, what, "look at what the other findings say, then ask again")
