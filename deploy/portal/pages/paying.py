"""The money as officers see it: a run and its orders, the bank's answers, what waits for a person to look at.

A bank's file is read here and signed in the browser, line by line: these pages take in nothing by themselves.
The files of a run are written elsewhere, since accounts open with a key that no page has.
"""

import asyncio
from typing import Any

from starlette.responses import JSONResponse, Response

from deploy.portal.bus import PlatformAway
from deploy.portal.office.payments import as_read, declaring_role, is_of_listed, run_seen_by
from deploy.portal.pages.keys import entered
from deploy.portal.pages.office import officer_of, signing_role
from deploy.portal.web import Visit, received
from shared.bank.answers import LINES_MAX, PART_LINES_MAX, read_answers
from shared.bank.values import BankFileInvalid
from shared.contract.backoffice import BankLineExamined, BankStatementReceived
from shared.contract.people import MAY
from shared.contract.values import Role

ASKED_AT_ONCE = 500
SHOWN_MAX = 50
PAGE_DIGITS_MAX = 4
FILE_BYTES_MAX = 4_000_000
FILE_LINES_MAX = 10_000  # twenty parts, each signed by hand; the command takes longer files
PARTS_MAX = LINES_MAX // PART_LINES_MAX
ONE_FILE = asyncio.Semaphore(1)  # what is read takes many times its length in memory


async def payments(visit: Visit) -> Response:
    """The run that waits, or what would make the next one, with each of its orders."""
    person, bus = await officer_of(visit)
    found = await bus.answer("funding", "payments")
    run = found["run"]
    run_id = run["run_id"] if run else None
    orders = await bus.lines(
        "funding", "payment-orders", "orders", run_id=run_id, limit=ASKED_AT_ONCE
    )
    if not is_of_listed(run or found["pending"], orders):
        raise PlatformAway
    return visit.page(
        "office_payments.html",
        person=person,
        found=found,
        seen=run_seen_by(person.person_id, person.roles, found, visit.portal.now()),
        **visit.part_of(orders, SHOWN_MAX, PAGE_DIGITS_MAX),
    )


async def bank(visit: Visit) -> Response:
    person, _ = await officer_of(visit)
    signs_as = signing_role(person, MAY[BankStatementReceived])
    return visit.page("office_bank.html", person=person, signs_as=signs_as)


async def read_file(visit: Visit) -> Response:
    """A bank's file as the lines that its acts will say, and what they come to; or why it cannot be read."""
    await entered(visit, Role.ACCOUNTANT)
    data = await received(visit.request, FILE_BYTES_MAX)
    async with ONE_FILE:
        try:
            told = as_read(await asyncio.to_thread(read_answers, data, FILE_LINES_MAX))
        except BankFileInvalid as error:
            told = {"reasons": [reason.message for reason in error.reasons]}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


async def statement(visit: Visit) -> Response:
    """What came of a bank's message: the orders it moved, the lines that wait for a person."""
    person, bus = await officer_of(visit)
    name = visit.path["statement"]
    taken: list[dict[str, Any]] = []
    anomalies: list[dict[str, Any]] = []
    for part in range(1, min(visit.number_asked("parties", 3), PARTS_MAX) + 1):
        answer = await bus.answer("funding", "statement", statement_id=name, part=part)
        taken += answer["taken"]
        anomalies += answer["anomalies"]
    return visit.page(
        "office_statement.html", person=person, statement=name, taken=taken, anomalies=anomalies
    )


async def line(visit: Visit) -> Response:
    """A line of the bank that changed nothing: looked at, then ticked off."""
    person, bus = await officer_of(visit)
    place = (visit.path["statement"], int(visit.path["part"]), int(visit.path["line"]))
    found = await bus.answer("funding", "payments")
    named = (
        one
        for one in found["anomalies"]
        if place == (one["statement_id"], one["part"], one["line"])
    )
    return visit.page(
        "office_line.html",
        person=person,
        line=next(named, None),
        signs_as=signing_role(person, MAY[BankLineExamined]),
    )


async def doubt(visit: Visit) -> Response:
    """A payment that the bank leaves in doubt: what its letter says of it, as two people read it."""
    person, bus = await officer_of(visit)
    found = await bus.answer("funding", "payments")
    named = (one for one in found["in_doubt"] if one["order_id"] == visit.path["order"])
    order = next(named, None)
    return visit.page(
        "office_doubt.html",
        person=person,
        order=order,
        signs_as=declaring_role(person.person_id, person.roles, order["declared"]) if order else "",
    )
