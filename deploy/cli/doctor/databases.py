"""Databases: each can be written, has the schema of this code, and is no older than the log."""

from deploy.cli.doctor.disk import has_room
from deploy.cli.doctor.finding import Finding
from deploy.cli.doctor.ground import Ground
from deploy.local.database.health import Health, health_of, older_than_log
from shared.contract.topology import PROCESSES
from shared.kit.settings import Settings

CHECK = "databases"
UNSCRUBBED_SECONDS_MAX = 60.0  # it is tried each second


def check_databases(settings: Settings) -> list[Finding]:
    if not has_room(settings):
        return [_not_opened(settings, CHECK)]
    return [
        one
        for service in PROCESSES
        for one in judge_database(service, health_of(settings, service))
    ]


def judge_database(service: str, health: Health) -> list[Finding]:
    if not health.there:
        what = f"{service} has no database"
        return [
            Finding(
                "error", CHECK, what, "start its platform, or bring one back: fabriques restore"
            )
        ]
    found = []
    if health.failure:
        what = f"the database of {service} cannot be written: {health.failure}"
        found.append(
            Finding("error", CHECK, what, "look at its disk, its owner and its permissions")
        )
    elif health.schema < health.newest or not health.served:
        what = f"the database of {service} has schema {health.schema or 'none'}, the code {health.newest}"
        found.append(Finding("error", CHECK, what, _way_out(service, health)))
    elif health.unscrubbed_seconds > UNSCRUBBED_SECONDS_MAX:
        what = f"the database of {service} keeps traces of an erasure: somebody reads it for long"
        todo = f"end what reads it, a dump or a shell: {service} tries again each second"
        found.append(Finding("warning", CHECK, what, todo))
    return found


def _way_out(service: str, health: Health) -> str:
    if health.schema < health.newest:
        return f"start {service} anew: it brings its database up to date"
    return f"{service} must be of the release that migrated it: start that one"


def _not_opened(settings: Settings, check: str) -> Finding:
    """What SQLite maps into memory and has no room on the disk, would end this process by a signal."""
    what = f"no database is opened: there is no room where {settings.home} lies"
    return Finding("error", check, what, "make room, then ask again")


async def check_continuity(ground: Ground) -> list[Finding]:
    if not has_room(ground.settings):
        return [_not_opened(ground.settings, "continuity")]
    older = await older_than_log(ground.owner, ground.settings)
    return [
        Finding("error", "continuity", why, f"fabriques replay {name}")
        for name, why in older.items()
    ]
