"""Waves written by hand, one figure at a time."""

from dataclasses import replace

from services.funding.domain.selection.values import Candidate, Policy, Result, WaveInputs
from shared.contract.values import Outcome, ShortOfMoney

POLICY = Policy(
    pass_mark=1000,
    criterion_pass_marks={"ambition": 100},
    laureates_max=75,
    when_short_of_money=ShortOfMoney.SKIP,
    tie_break=("ambition", "receipt_sequence"),
    floor_cents=7_500_000,
    ceiling_cents=15_000_000,
    yearly_cap_cents=5_000_000,
)
BOTH = ("outside-urban", "qpv")


def dossier(name: str, score: int, *zones: str, **changed: object) -> Candidate:
    """Asks for 150 000 €, passes every criterion, lies in both zones unless told."""
    made = Candidate(name, ord(name[0]), score, {"ambition": 300}, zones or BOTH, (5_000_000,) * 3)
    return replace(made, **changed)


def wave(
    *dossiers: Candidate, urban: int = 9, qpv: int = 9, envelope: int = 10**12, **policy: object
) -> WaveInputs:
    return WaveInputs(
        replace(POLICY, **policy), {"outside-urban": urban, "qpv": qpv}, envelope, dossiers
    )


def laureates(result: Result) -> list[str]:
    return [entry.id for entry in result.ranking if entry.outcome is Outcome.LAUREATE]


def codes(result: Result, name: str) -> list[str]:
    return [reason.code for entry in result.ranking if entry.id == name for reason in entry.reasons]
