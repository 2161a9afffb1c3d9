"""What becomes of each dossier, and of the waitlist when something is freed."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.funding.domain.selection.allocation import allocate, promote
from services.funding.domain.selection.cutoffs import count_of, percent
from services.funding.domain.selection.digest import inputs_bytes
from services.funding.domain.selection.values import Free, Policy, Waiting
from shared.contract.values import Outcome, ShortOfMoney
from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.rules.selection.random_waves import FOUR_ZONES, TWO_ZONES, many, random_wave
from tests.rules.selection.small_waves import POLICY, codes, dossier, laureates, wave


def test_given_a_dual_zone_laureate_in_the_scarce_zone_then_it_is_moved_for_the_next():
    inputs = wave(
        dossier("a", 1900),
        dossier("b", 1800, "qpv"),
        dossier("c", 1700, "outside-urban"),
        urban=2,
        qpv=1,
    )

    result = allocate(inputs)

    assert laureates(result) == ["a", "b", "c"]
    assert [entry.zone for entry in result.ranking] == ["outside-urban", "qpv", "outside-urban"]


def test_given_marks_on_the_threshold_then_they_pass_and_below_it_every_reason_is_given():
    low = dossier("b", 999, criteria={"ambition": 99})

    result = allocate(wave(dossier("a", 1000, criteria={"ambition": 100}), low))

    assert laureates(result) == ["a"]
    assert codes(result, "b") == ["below-pass-mark", "below-criterion-pass-mark"]
    assert [(r.threshold, r.value) for r in result.ranking[1].reasons] == [(1000, 999), (100, 99)]


def test_given_the_next_does_not_fit_the_money_then_the_policy_decides():
    a, b = dossier("a", 1900), dossier("b", 1800)
    c = dossier("c", 1700, requested_cents=(2_500_000,) * 3)
    envelope = 15_000_000 + 8_000_000
    results = {
        policy: allocate(wave(a, b, c, envelope=envelope, when_short_of_money=policy))
        for policy in ShortOfMoney
    }

    assert laureates(results[ShortOfMoney.SKIP]) == ["a", "c"]
    assert codes(results[ShortOfMoney.SKIP], "b") == ["money-short"]
    assert laureates(results[ShortOfMoney.STOP]) == ["a"]
    assert codes(results[ShortOfMoney.STOP], "c") == ["list-stopped"]
    assert laureates(results[ShortOfMoney.PART_FUND]) == ["a", "b"]
    assert results[ShortOfMoney.PART_FUND].ranking[1].awarded_cents == (
        2_666_667,
        2_666_667,
        2_666_666,
    )


def test_given_a_full_quota_then_it_does_not_stop_the_list_of_the_other_zone():
    inputs = wave(
        dossier("a", 1900, "qpv"), dossier("b", 1800, "qpv"), dossier("c", 1700, "outside-urban"), qpv=1,
        when_short_of_money=ShortOfMoney.STOP,
    )  # fmt: skip

    assert laureates(allocate(inputs)) == ["a", "c"]


def test_given_a_request_outside_the_bounds_then_it_is_capped_or_declined_but_never_raised():
    high = dossier("a", 1900, requested_cents=(9_000_000, 5_000_000, 5_000_000))
    low = dossier("b", 1800, requested_cents=(2_000_000,) * 3)

    result = allocate(wave(high, low))

    assert result.ranking[0].awarded_cents == (5_000_000,) * 3
    assert codes(result, "a") == ["accepted", "amount-capped"]
    assert (result.ranking[1].outcome, codes(result, "b")) == (
        Outcome.DECLINED,
        ["request-below-floor"],
    )


def test_given_a_tie_then_the_stored_keys_say_who_came_first_and_why():
    a, b = dossier("a", 1500), dossier("b", 1500, criteria={"ambition": 400})
    c = dossier("c", 1500, receipt_sequence=1)

    result = allocate(wave(a, b, c))

    assert [entry.id for entry in result.ranking] == ["b", "c", "a"]
    assert [entry.tie_break for entry in result.ranking] == [
        (400, ord("b")),
        (300, 1),
        (300, ord("a")),
    ]


def test_given_nobody_then_the_result_is_empty():
    assert allocate(wave()).ranking == ()


def test_given_the_shipped_programme_then_its_policy_is_read_whole():
    policy = Policy.from_programme(load_programme(SHIPPED_PROGRAMME))

    assert (policy.pass_mark, policy.laureates_max, policy.floor_cents) == (1000, 75, 7_500_000)
    assert policy.tie_break[-1] == "receipt_sequence"


def test_given_the_same_wave_on_any_machine_then_bytes_and_digests_are_these():
    result = allocate(random_wave(2020, 200))

    assert result.digest == "6ab3bdd3e59ebfb56778915f8d2b1e4b503774e352e11ab73739fc7b2df5aa2f"
    assert (
        result.inputs_digest == "feab86668ae97a3b63ab5a07d21d161317283db0410b6ce0c41d2e58b6081758"
    )
    assert inputs_bytes(wave(dossier("a", 1900))) == (
        b'{"candidatures":[{"criteria":{"ambition":300},"id":"a","receipt_sequence":97,'
        b'"requested_cents":[5000000,5000000,5000000],"score":1900,"zones":["outside-urban","qpv"]}],'
        b'"envelope_left_cents":1000000000000,"quotas_left":{"outside-urban":9,"qpv":9}}'
    )


def reserve(*dossiers) -> list[Waiting]:
    return [Waiting(rank, candidate) for rank, candidate in enumerate(dossiers, 10)]


def test_given_a_freed_place_then_the_next_in_rank_that_fits_is_promoted():
    waiting = reserve(
        dossier("a", 1500, "outside-urban"), dossier("b", 1400, "qpv"), dossier("c", 1300, "qpv")
    )

    promotion = promote(waiting, Free({"outside-urban": 0, "qpv": 1}, 15_000_000, 1), POLICY)

    assert (promotion.id, promotion.rank, promotion.zone) == ("b", 11, "qpv")


def test_given_a_dual_zone_promotion_then_it_leaves_the_only_zone_of_the_next_one():
    waiting = reserve(dossier("a", 1500), dossier("b", 1400, "qpv"))
    other_way = reserve(dossier("a", 1500), dossier("b", 1400, "outside-urban"))
    free = Free({"outside-urban": 1, "qpv": 1}, 30_000_000, None)

    assert promote(waiting, free, POLICY).zone == "outside-urban"
    assert promote(other_way, free, POLICY).zone == "qpv"


def test_given_nothing_free_then_nobody_is_promoted():
    waiting = reserve(dossier("a", 1500))

    assert promote(waiting, Free({"outside-urban": 0, "qpv": 0}, 10**9, None), POLICY) is None
    assert promote(waiting, Free({"outside-urban": 1, "qpv": 1}, 10**9, 0), POLICY) is None
    assert promote(waiting, Free({"outside-urban": 1, "qpv": 1}, 14_999_999, None), POLICY) is None
    assert promote([], Free({"outside-urban": 1, "qpv": 1}, 10**9, None), POLICY) is None


def test_given_too_little_money_then_a_reserve_follows_the_same_policy_as_its_wave():
    waiting = reserve(dossier("a", 1500), dossier("b", 1400, requested_cents=(2_500_000,) * 3))
    free = Free({"outside-urban": 2, "qpv": 2}, 8_000_000, None)
    called = {
        p: promote(waiting, free, replace(POLICY, when_short_of_money=p)) for p in ShortOfMoney
    }

    assert called[ShortOfMoney.SKIP].id == "b"
    assert called[ShortOfMoney.STOP] is None
    assert (
        called[ShortOfMoney.PART_FUND].id,
        sum(called[ShortOfMoney.PART_FUND].awarded_cents),
    ) == (
        "a",
        8_000_000,
    )


@many(usual=40, long=1_000)
@given(st.integers(0, 2**48), st.integers(0, 60), st.sampled_from([TWO_ZONES, FOUR_ZONES]))
def test_given_promotions_one_by_one_then_they_are_the_very_laureates_of_the_whole_room(
    seed, size, zones
):
    """Each promotion fixes a zone for good, and still nobody who could have followed is lost."""
    inputs = random_wave(seed, size, zones)
    at_once = allocate(inputs)
    by_id = {candidate.id: candidate for candidate in inputs.candidatures}
    waiting = {entry.id: Waiting(entry.rank, by_id[entry.id]) for entry in at_once.ranking}
    free = Free(inputs.quotas_left, inputs.envelope_left_cents, inputs.policy.laureates_max)

    called = []
    while (promotion := promote(waiting.values(), free, inputs.policy)) is not None:
        called.append((promotion.id, promotion.awarded_cents))
        del waiting[promotion.id]
        free = Free(
            {zone: places - (zone == promotion.zone) for zone, places in free.quotas.items()},
            free.envelope_cents - sum(promotion.awarded_cents),
            None if free.laureates is None else free.laureates - 1,
        )

    assert called == [
        (e.id, e.awarded_cents) for e in at_once.ranking if e.outcome is Outcome.LAUREATE
    ]


def test_given_less_than_was_asked_then_the_laureate_is_told_each_cut_with_its_figures():
    asks_too_much = dossier("a", 1900, requested_cents=(6_000_000,) * 3)
    part_funded = wave(
        asks_too_much, envelope=8_000_000, when_short_of_money=ShortOfMoney.PART_FUND
    )
    [entry] = allocate(part_funded).ranking
    told = [(reason.code, reason.rule, reason.threshold, reason.value) for reason in entry.reasons]
    assert told == [
        ("accepted", "selection.rank", None, 1),
        ("amount-capped", "award.ceilings", 15_000_000, 18_000_000),
        ("part-funded", "selection.when_short_of_money", 8_000_000, 15_000_000),
    ]


def test_given_a_list_then_its_report_counts_each_outcome_and_says_100_percent_of_all_alone():
    result = allocate(
        wave(dossier("a", 1900), dossier("b", 1800), dossier("c", 500), urban=1, qpv=0)
    )
    assert [count_of(result, outcome) for outcome in Outcome] == [1, 1, 1]
    assert [percent(part, 3) for part in (0, 1, 2, 3, 4)] == [0, 33, 66, 100, 100]
    assert (percent(199, 200), percent(0, 0)) == (99, 0)
