"""Money that comes back is offered to the reserve list, as a place that is freed is."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.funding import store
from services.funding.domain.decisions import both
from services.funding.domain.money.ledger import freed
from services.funding.domain.states import Grant, Movement, Turn
from services.funding.handlers.refill import Freed, refill, release
from shared.contract import backoffice as officers
from shared.contract import eligibility, intake
from shared.contract.decision import Decision
from shared.contract.funding import AwardCancelled, GrantAwarded
from shared.contract.values import Reason
from shared.kit.delivery import Arrival
from tests.service.selection import ballot
from tests.service.selection.ballot import dossier
from tests.service.selection.machine import PROGRAMME, Machine, recorded

NOW = datetime(2021, 6, 1, tzinfo=UTC)
AT = Arrival("cause-1", NOW, "BACKOFFICE", 1, "", "cause-1")
GRANT_CENTS = 15_000_000
CLAWBACK = Reason(code="clawback", message="Les conditions de l'aide ne sont pas remplies.")
POOR = PROGRAMME.model_copy(update={"envelope_cents": 2 * GRANT_CENTS + 1})


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A published wave of four: the envelope pays the first two."""
    made = Machine(tmp_path, POOR)
    numbers = range(1, 5)
    entered = [(intake.CandidatureRegistered, ballot.registered(n)) for n in numbers]
    answers = [
        (eligibility.EligibilityChecked, ballot.checked(n, "outside-urban")) for n in numbers
    ]
    marked = [(eligibility.CandidatureScored, ballot.scored(n, 5)) for n in numbers]
    made.hear(recorded("INTAKE", [*entered, (intake.WaveClosed, ballot.closed(4))]))
    made.hear(recorded("ELIGIBILITY", [*answers, *marked]))
    approvals = [
        ballot.act(name, wave=ballot.WAVE, digest=made.digest()) for name in ("d-1", "d-2")
    ]
    made.hear(recorded("BACKOFFICE", [(officers.WaveApproved, body) for body in approvals]))
    return made


def promoted(decision: Decision) -> list[str]:
    return [
        fact.candidature_id
        for fact in decision.facts
        if isinstance(fact, GrantAwarded) and fact.promoted
    ]


def test_money_that_came_back_promotes_as_many_as_it_pays(machine: Machine) -> None:
    with machine.states() as states:
        fund = store.fund_of(states, POOR)
        assert fund.committed_cents == 2 * GRANT_CENTS
        assert promoted(refill(POOR, states, freed(fund, None, GRANT_CENTS - 2), AT)) == []
        assert promoted(refill(POOR, states, freed(fund, None, GRANT_CENTS), AT)) == [dossier(3)]
        assert promoted(refill(POOR, states, freed(fund, None, 2 * GRANT_CENTS), AT)) == [
            dossier(3),
            dossier(4),
        ]


def test_a_clawback_frees_the_grant_and_promotes_the_next(machine: Machine) -> None:
    with machine.states() as states:
        grant = states.one(Grant, dossier(1))
        assert grant
        decision = release(POOR, states, grant, CLAWBACK, AT)
        [gone] = [fact for fact in decision.facts if isinstance(fact, AwardCancelled)]
        assert (gone.candidature_id, gone.freed_cents) == (dossier(1), GRANT_CENTS)
        assert promoted(decision) == [dossier(3)]
        turns = {
            turn.candidature_id: turn.kind for turn in decision.changes if isinstance(turn, Turn)
        }
        assert turns == {dossier(1): "cancelled", dossier(3): "promoted"}


def test_the_ledger_lines_of_one_cause_are_numbered_through(machine: Machine) -> None:
    with machine.states() as states:
        grant = states.one(Grant, dossier(1))
        assert grant
        lines = [
            change.line
            for change in release(POOR, states, grant, CLAWBACK, AT).changes
            if isinstance(change, Movement)
        ]
        assert lines == list(range(6))


def test_nothing_is_promoted_beyond_the_laureates_of_the_wave(machine: Machine) -> None:
    few = POOR.model_copy(
        update={"selection": POOR.selection.model_copy(update={"laureates_max": 2})}
    )
    with machine.states() as states:
        fund = freed(store.fund_of(states, few), None, 2 * GRANT_CENTS)
        assert promoted(refill(few, states, fund, AT)) == []
        earlier = states.one(Grant, dossier(1))
        assert earlier
        elsewhere = Freed((replace(earlier, candidature_id=dossier(99), wave="2020-3"),))
        assert promoted(both(Decision("freed"), refill(few, states, fund, AT, elsewhere))) == [
            dossier(3)
        ]
