"""Any call a file can say: territory, scores, ranking, awards and schedules agree, and two verifiers hold."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from deploy.rehearsal.applicants import Applicant, Inventor, Mix
from deploy.verify.fabriques_verify import ranked
from services.eligibility.datasets.index import TerritoryIndex
from services.eligibility.datasets.view import Held
from services.eligibility.domain.reviews.means import aggregate
from services.eligibility.domain.territory.facts import Site
from services.eligibility.domain.territory.selection import rule_for
from services.funding.domain.states import Entry, Fund, Grant, Ranking, Tranche, WaveState
from services.funding.domain.waves.places import stored_inputs
from services.funding.domain.waves.proposal import Basis, propose
from services.funding.domain.waves.publication import publish_if_it_holds
from services.intake.domain.amounts import amount_reasons
from shared.programme import Programme
from tests.rules.money.given import at
from tests.rules.random_programmes import random_programme
from tests.rules.selection.random_waves import many

NOW = datetime(2021, 3, 1, 9, tzinfo=UTC)
MIX = Mix(outside_urban=5, in_qpv=4, in_both=1, in_neither=2)


@cache
def index() -> TerritoryIndex:
    """Without any imported data: the groupings of communes tell, and officers the rest."""
    return TerritoryIndex((0, 0), Held((), {}, {}))


def zones_found(programme: Programme, applicant: Applicant) -> tuple[str, ...]:
    """What data say, or an officer where they cannot: never more than where the place is."""
    place = applicant.file["place"]
    site = Site(
        place["commune_code"],
        place["latitude"],
        place["longitude"],
        place["declared_qpv"],
        typed=True,
        declared_zones=tuple(place.get("declared_zones", ())),
    )
    wave = programme.wave(applicant.wave)
    assert wave
    answer = index().classify(site, rule_for(programme, wave))
    if answer.needs_instruction:
        return applicant.zones
    told_by_nobody = {zone.id for zone in programme.zones if zone.is_declared}
    assert set(applicant.zones) - told_by_nobody <= set(answer.zones)
    return answer.zones


def entry(programme: Programme, number: int, applicant: Applicant) -> Entry:
    zones = zones_found(programme, applicant)
    requested = tuple(applicant.file["budget"]["requested_cents"])
    assert not list(amount_reasons(programme.award, requested))
    score = aggregate({str(place): marks for place, marks in enumerate(applicant.marks)})
    return Entry(
        candidature_id=applicant.candidature_id,
        wave=applicant.wave,
        receipt_number=f"FABT-{number}",
        receipt_sequence=number,
        siret=applicant.siret,
        commune_code=applicant.file["place"]["commune_code"],
        requested_cents=requested,
        zones=zones,
        eligible=bool(zones),
        score=score.total,
        criteria=score.criteria,
        reviews=tuple(
            {"reviewer_id": str(place), "marks": marks, "recused": False}
            for place, marks in enumerate(applicant.marks)
        ),
    )


def waves_played(
    programme: Programme, seed: int
) -> Iterator[tuple[Basis, Sequence[Ranking], list[object]]]:
    """Each wave as it is published: what it was ranked from, its list, and what changes."""
    inventor = Inventor(programme, str(seed))
    fund = Fund("fund", programme.envelope_cents, 0, {})
    for wave in programme.waves:
        crowd = inventor.wave(wave.id, MIX)
        entries = [entry(programme, number, one) for number, one in enumerate(crowd, start=1)]
        state = WaveState(
            wave.id, "closed", registered=len(entries), entries=len(entries), ready=len(entries)
        )
        basis = Basis(programme, state, entries, fund)
        proposed = propose(basis)
        rankings = [change for change in proposed.changes if isinstance(change, Ranking)]
        [closed] = [change for change in proposed.changes if isinstance(change, WaveState)]
        said = publish_if_it_holds(replace(basis, wave=closed), rankings, fund.places, at(NOW))
        assert said.result == "published", said.reasons
        [fund] = [change for change in said.changes if isinstance(change, Fund)]
        yield replace(basis, wave=closed), rankings, list(said.changes)


def auditors_list(
    basis: Basis, rankings: Sequence[Ranking]
) -> list[tuple[str, str, tuple[int, ...]]]:
    inputs = stored_inputs(basis.wave, rankings)
    again = ranked(
        asdict(inputs.policy),
        dict(inputs.quotas_left),
        inputs.envelope_left_cents,
        [asdict(candidate) for candidate in inputs.candidatures],
    )
    return [(one["id"], one["outcome"], tuple(one["awarded_cents"])) for one in again]


@many(usual=15, long=2_000)
@given(st.integers(min_value=0, max_value=2**32))
def test_given_any_call_then_it_is_ranked_awarded_and_scheduled_as_its_file_says(seed):
    programme = random_programme(seed)
    award = programme.award
    taken: Counter[str] = Counter()
    committed_cents = 0
    for basis, rankings, changes in waves_played(programme, seed):
        in_order = sorted(rankings, key=lambda place: place.rank)
        listed = [(place.candidature_id, place.outcome, place.awarded_cents) for place in in_order]
        assert auditors_list(basis, rankings) == listed
        for grant in [change for change in changes if isinstance(change, Grant)]:
            tranches = [
                c
                for c in changes
                if isinstance(c, Tranche) and c.candidature_id == grant.candidature_id
            ]
            assert sum(tranche.amount_cents for tranche in tranches) == sum(grant.awarded_cents)
            days = [tranche.due_on for tranche in tranches]
            assert len(days) <= award.years
            assert days == sorted(set(days)), "each year on a day of its own, one after the other"
            assert award.floor_cents <= sum(grant.awarded_cents) <= award.ceiling_cents
            assert max(grant.awarded_cents) <= award.yearly_cap_cents
            taken[grant.zone] += 1
            committed_cents += sum(grant.awarded_cents)
        [fund] = [change for change in changes if isinstance(change, Fund)]
        assert (Counter(fund.places), fund.committed_cents) == (taken, committed_cents)
    assert committed_cents <= programme.envelope_cents
    assert all(taken[zone] <= places for zone, places in programme.quotas.items())
