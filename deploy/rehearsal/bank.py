"""A payment run, as two officers and the bank live it: approved twice, exported, answered, imported."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.rehearsal import acts
from deploy.rehearsal.clients import RehearsalStuck, Saying
from deploy.rehearsal.season import Season
from deploy.rehearsal.test_bank import Behaviour, answer
from services.funding.bank.pain001_reading import read_pain001
from services.funding.tools.payment_export import opened
from shared.bank.answers import parts, read_answers


async def pay(season: Season, rejected: Mapping[str, str] | None = None) -> int:
    """Pays every order that waits. `rejected` are endings of order ids, with the bank's reason.

    Returns the orders.
    """
    pending = (await season.clients.ask("funding", "payments"))["pending"]
    if not pending["orders"]:
        return 0
    run_id = acts.run_name(season.clients.clock.today)
    for payer in range(len(acts.PAYERS)):
        await season.settle([acts.run_approval(run_id, pending, payer)])
    await season.settle([acts.export_request(run_id, await _approved(season, run_id))])
    files = await asyncio.to_thread(_written, season, run_id)
    season.days_later(2)
    for path in files:
        await season.settle(_statements(season, path.name, path.read_bytes(), rejected or {}))
    return int(pending["orders"])


def _written(season: Season, run_id: str) -> list[Path]:
    with opened(season.settings) as payments:
        return payments.write(run_id, season.home / "payments")


async def _approved(season: Season, run_id: str) -> dict[str, Any]:
    run = (await season.clients.ask("funding", "payments"))["run"]
    if run is None or run["run_id"] != run_id or run["state"] != "approved":
        raise RehearsalStuck(
            f"payment run {run_id} was approved by two officers; funding sees {run}"
        )
    return dict(run)


def _statements(
    season: Season, name: str, pain001: bytes, rejected: Mapping[str, str]
) -> list[Saying]:
    """What the bank answers to one file, as the import publishes it.

    Its two files are kept beside the payments.
    """
    refused = _refused(pain001, rejected)
    reply = answer(pain001, Behaviour(at=season.clients.clock.now, rejected=refused))
    folder = season.home / "bank"
    folder.mkdir(exist_ok=True)
    sayings = []
    for kind, data in (("pain002", reply.status_report), ("camt053", reply.statement)):
        (folder / f"{kind}-{name}").write_bytes(data)
        sayings += _imported(kind, data)
    return sayings


def _refused(pain001: bytes, rejected: Mapping[str, str]) -> dict[str, str]:
    """The bank's reason for each order id of this file that has one of the endings."""
    _, file = read_pain001(pain001)
    found = {}
    for transfer in file.transfers:
        for ending, code in rejected.items():
            if transfer.end_to_end_id.endswith(ending):
                found[transfer.end_to_end_id] = code
    return found


def _imported(kind: str, data: bytes) -> list[Saying]:
    answers = read_answers(data)
    sayings = []
    for number, lines in parts(answers):
        told = [line.model_dump(mode="json") for line in lines]
        said = {"kind": answers.kind, "part": number, "lines": told}
        sayings.append(acts.statement(answers.statement_id, f"Relevé importé : {kind}.", said))
    return sayings
