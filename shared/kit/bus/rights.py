"""Asks the broker what this connection may do: what is missing is told at start, not at the first event."""

import json
from collections.abc import Iterable
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.contract.front_ends import EMBEDDED, FrontEnd
from shared.contract.permissions import OWN_RIGHTS, permissions_of
from shared.kit.errors import PlatformDrift

ANSWER_SECONDS = 5.0


async def check_rights(
    connection: Client, identity: str, programme: str, front_ends: Iterable[FrontEnd] = EMBEDDED
) -> None:
    """Raises PlatformDrift where the broker gives this identity less than its row of the table.

    A broker without permissions, such as a developer's, answers with none: there is nothing to miss then.
    """
    try:
        given = await given_rights(connection)
    except (NatsError, TimeoutError) as error:
        raise PlatformDrift(
            f"{identity} may not ask for its own rights: provision the identities again"
        ) from error
    if given and (missing := missing_rights(given, identity, programme, front_ends)):
        raise PlatformDrift(
            f"{identity} lacks rights on the bus, provision the identities again: {', '.join(missing)}"
        )


async def given_rights(connection: Client) -> dict[str, Any] | None:
    """What the broker lets this connection say and hear; None where it checks nobody's rights.

    Raises NatsError, TimeoutError.
    """
    answer = await connection.request(OWN_RIGHTS, b"", timeout=ANSWER_SECONDS)
    given: dict[str, Any] | None = json.loads(answer.data).get("data", {}).get("permissions")
    return given


def missing_rights(
    given: dict[str, Any], identity: str, programme: str, front_ends: Iterable[FrontEnd] = EMBEDDED
) -> list[str]:
    wanted = permissions_of(identity, programme, front_ends)
    missing = []
    for act, subjects in (("publish", wanted.publish), ("subscribe", wanted.subscribe)):
        allowed = (given.get(act) or {}).get("allow")
        missing += [
            f"{act} {subject}"
            for subject in subjects
            if allowed is not None and subject not in allowed
        ]
    return missing
