"""When a person's data is erased, the accounts stay: amounts and orders, of a legal person."""

from datetime import date

from services.funding.domain.erasure import erase
from services.funding.domain.states import Account, Appeal, Entry, Grant, Report
from shared.contract.funding import GrantForgotten
from tests.rules.money import given
from tests.rules.waves import given as waves

KEY = "k" * 43 + "="


def test_given_an_account_when_the_file_is_erased_then_its_fingerprint_alone_stays() -> None:
    [account] = given.changed(erase(given.KEY, [given.account()]), Account)
    assert (account.secret, account.fingerprint) == (b"", given.account().fingerprint)


def test_given_a_grant_with_a_key_when_it_is_erased_then_its_amounts_stay_and_its_key_goes() -> (
    None
):
    [grant] = given.changed(erase(given.KEY, [given.grant(public_key=KEY)]), Grant)
    assert (grant.public_key, grant.erased) == (None, True)
    assert (grant.awarded_cents, grant.legal_name) == (
        given.grant().awarded_cents,
        given.grant().legal_name,
    )


def test_given_a_report_when_the_file_is_erased_then_its_sums_alone_stay() -> None:
    lines = ({"label": "Salaire de Camille", "planned_cents": 10, "spent_cents": 12},)
    written = given.report(
        activity="Camille a ouvert le lieu.", lines=lines, returned_because="Signature ?"
    )
    [report] = given.changed(erase(given.KEY, [written]), Report)
    assert (report.activity, report.lines, report.returned_because) == ("", (), "")
    assert (report.planned_cents, report.spent_cents) == (
        written.planned_cents,
        written.spent_cents,
    )


def test_given_an_appeal_when_the_file_is_erased_then_its_days_stay_and_its_grounds_go() -> None:
    filed = Appeal(given.KEY, 1, waves.NOW, "rejected", date(2021, 4, 1), grounds=("Mon bail.",))
    [appeal] = given.changed(erase(given.KEY, [filed]), Appeal)
    assert (appeal.grounds, appeal.answer_by) == ((), date(2021, 4, 1))


def test_given_nothing_when_it_is_erased_then_that_is_told_all_the_same() -> None:
    decision = erase(given.KEY, [])
    assert (given.said(decision), decision.forgets) == (["GrantForgotten"], given.KEY)
    assert isinstance(decision.facts[0], GrantForgotten)


def test_given_an_entry_when_it_is_erased_then_its_marks_stay_and_no_appeal_makes_it_a_laureate() -> (
    None
):
    before = waves.entry(2, mark=1)
    [entry] = given.changed(erase(before.candidature_id, [before]), Entry)
    assert (entry.erased, entry.public_key) == (True, None)
    assert (entry.score, entry.reviews) == (before.score, before.reviews)
