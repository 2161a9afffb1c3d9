"""What the verifier finds, as officers read it: each of its sentences has one in French, the rest a frame."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from deploy.portal.office.verifier import CHECKS, Refusal, refusals
from services.funding.domain.selection import grounds
from services.funding.domain.selection.allocation import allocate, sealed
from services.funding.domain.selection.values import Result, Review, WaveInputs
from services.funding.domain.selection.verification import PROPERTIES
from services.funding.domain.waves.places import violations
from services.funding.domain.waves.sentences import funded_places
from shared.contract.values import Outcome, Reason, ShortOfMoney
from shared.french import NO_BREAK
from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.rules.selection.small_waves import dossier, wave

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
A, B = dossier("a", 1900), dossier("b", 1800)
PASSED_OVER = {"outcome": Outcome.WAITLISTED, "zone": None, "awarded_cents": (), "reasons": ()}
ANN, BOB = Review("ann", {"ambition": 3}), Review("bob", {"governance": 3})
TAKEN = {"outcome": Outcome.LAUREATE, "zone": "qpv", "awarded_cents": (5_000_000,) * 3}


def altered(inputs: WaveInputs, rank: int, **changes: object) -> tuple[WaveInputs, Result]:
    ranking = list(allocate(inputs).ranking)
    ranking[rank - 1] = replace(ranking[rank - 1], **changes)
    return inputs, sealed(inputs, tuple(ranking))


def faulty() -> Iterator[tuple[WaveInputs, Result]]:
    """Lists with one fault each: together they make the verifier say all that it can say."""
    both, alone, failing = wave(A, B), wave(A), wave(dossier("a", 900))
    result = allocate(both)
    first, second = result.ranking
    yield both, sealed(both, (first, first))
    yield wave(A, A), sealed(wave(A, A), (first,))
    yield both, sealed(both, (second, first))
    yield altered(alone, 1, score=1901)
    yield altered(failing, 1, outcome=Outcome.WAITLISTED, reasons=())
    yield altered(alone, 1, **PASSED_OVER | {"outcome": Outcome.DECLINED})
    of_qpv = wave(dossier("a", 1900, "qpv"), dossier("b", 1800, "qpv"), qpv=1)
    yield altered(of_qpv, 1, zone="outside-urban")
    yield altered(of_qpv, 2, zone="qpv")
    yield altered(of_qpv, 2, **TAKEN, reasons=(grounds.accepted(2, "qpv", 15_000_000),))
    yield replace_policy(both, laureates_max=1), result
    yield replace(both, envelope_left_cents=29_999_999), result
    yield altered(alone, 1, awarded_cents=(5_000_001, 5_000_000, 4_999_999))
    short = wave(A, B, envelope=14_999_999, when_short_of_money=ShortOfMoney.STOP)
    yield altered(short, 2, **TAKEN)
    yield altered(both, 1, **PASSED_OVER)
    full = wave(A, B, urban=1, qpv=0)
    [quota] = allocate(full).ranking[1].reasons
    yield altered(full, 2, reasons=(replace(quota, threshold=7, value=8),))
    yield altered(full, 2, reasons=())
    for name in ("inputs_digest", "policy_digest", "digest"):
        yield both, replace(result, **{name: ""})


def replace_policy(inputs: WaveInputs, **changes: object) -> WaveInputs:
    return replace(inputs, policy=replace(inputs.policy, **changes))


def everything_said() -> list[Reason]:
    found = [one for inputs, result in faulty() for one in violations(inputs, result, {})]
    alone = wave(A)
    for given in ([], [ANN, BOB], [ANN, ANN]):
        found += violations(alone, allocate(alone), {"a": given})
    return [*found, funded_places("qpv", 150, 1, 150)]


def told(*said: Reason, listed: Iterable[dict[str, object]] = ()) -> list[Refusal]:
    answered = [{"property": one.code, "detail": one.message} for one in said]
    return refusals(answered, listed, PROGRAMME)


def test_the_table_has_each_check_of_the_verifier_and_of_the_places() -> None:
    assert set(CHECKS) == {*PROPERTIES, "funded-places"}


def test_whatever_the_verifier_says_is_told_in_french_with_the_check_and_what_it_means() -> None:
    said = everything_said()
    assert {one.code for one in said} == set(CHECKS), "the control: every check has failed"
    for one in said:
        [refusal] = told(one)
        [finding] = refusal.findings
        assert finding.says, (one.code, finding.words)
        assert "{" not in finding.says and "cents" not in finding.says.split(), finding.says
        assert refusal.means.endswith(".")


def test_every_sentence_of_the_table_is_one_that_the_verifier_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without it, something that the verifier says is told in other words, or in none."""
    everything = everything_said()
    for name, check in list(CHECKS.items()):
        said = [one for one in everything if one.code == name]
        known = [told(one) for one in said]
        for theirs in check.says:
            others = {words: ours for words, ours in check.says.items() if words != theirs}
            monkeypatch.setitem(CHECKS, name, replace(check, says=others))
            assert [told(one) for one in said] != known, theirs
        monkeypatch.setitem(CHECKS, name, check)


@pytest.mark.parametrize(
    ("code", "message", "says"),
    [
        ("quotas", "qpv: 2 laureates for 1 places (a, b)", "2 lauréats pour 1 place."),
        ("envelope", "30000050 cents awarded of 100 (a)", "300 000,50 € attribués, sur 1 €."),
        ("amounts", "awarded [100], should be [50, True] (a)", "1 €. D'après les règles : 0,50 €, True."),
        ("reasons", "recorded [], should be ['quota-full'] (a)", "aucun. Motif d'après les règles : plus de"),
        ("fairness", "a is refused while b, ranked lower, is not (a, b)", "R-1 n'est pas retenu, alors que"),
        ("tie-break", "stored 1901 [3], inputs say 1900 [3] (a)", "19,01 ; note du dossier : 19,00."),
    ],
)  # fmt: skip
def test_figures_are_written_as_people_write_them(code: str, message: str, says: str) -> None:
    listed = [{"id": "a", "receipt_number": "R-1", "legal_name": "Le Phare", "rank": 1}]
    [refusal] = told(Reason(code=code, message=message), listed=listed)
    written = refusal.findings[0].says.replace(NO_BREAK, " ").replace("\u202f", " ")
    assert says in written, written


def test_findings_of_a_check_stand_together_under_it_and_no_more_than_a_page_can_hold() -> None:
    one = Reason(code="fairness", message="unheard of (a, b, … 7)")
    other = Reason(code="digests", message="inputs: stored x, derived y (la liste)")
    first, second = told(one, other, *[one] * 30)
    assert (len(first.findings), first.more, len(second.findings)) == (20, 11, 1)
    assert [place["receipt_number"] for place in first.findings[0].places] == ["a", "b"]
    assert (first.findings[0].more, second.findings[0].places) == (7, ())


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("fairness", "the moon is in the way (a)"),
        ("envelope", "many cents awarded of 100 (a)"),
        ("astrology", "missing from the list (a)"),
    ],
)
def test_what_no_sentence_knows_keeps_the_verifiers_words(code: str, message: str) -> None:
    [refusal] = told(Reason(code=code, message=message))
    [finding] = refusal.findings
    assert (finding.says, finding.words) == ("", message.removesuffix(" (a)"))
    assert refusal.name and refusal.means
