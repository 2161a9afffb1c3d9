"""Who reads what: even loads, no conflict of interest, the same answer from the same seed."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.eligibility.domain.reviews.assignment import Dossier, Reviewer, assign

DEPARTMENTS = ["03", "31", "75", None]


def panel(seed: int, dossiers: int, reviewers: int) -> tuple[list[Dossier], list[Reviewer]]:
    source = random.Random(seed)
    sirens = [f"{source.randrange(10**9):09}" for _ in range(max(1, dossiers // 2))]
    held = [
        Dossier(f"d{n:03}", source.choice(sirens), source.choice(DEPARTMENTS[:3]))
        for n in range(dossiers)
    ]
    readers = [
        Reviewer(
            f"r{n:02}",
            source.choice(DEPARTMENTS),
            frozenset(source.sample(sirens, min(len(sirens), n % 3))),
        )
        for n in range(reviewers)
    ]
    return held, readers


panels = st.tuples(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 12), st.integers(1, 3))


@settings(max_examples=60)
@given(panels, st.booleans())
def test_given_any_panel_then_no_pair_is_in_conflict_and_each_dossier_has_its_reviewers(
    drawn, same_excluded
):
    seed, size, readers, wanted = drawn
    dossiers, reviewers = panel(seed, size, readers)

    made = assign(dossiers, reviewers, wanted, "seed", same_department_excluded=same_excluded)

    by_id = {dossier.id: dossier for dossier in dossiers}
    people = {reviewer.id: reviewer for reviewer in reviewers}
    for dossier_id, reviewer_id in made.pairs:
        dossier, reviewer = by_id[dossier_id], people[reviewer_id]
        assert dossier.siren not in reviewer.ties
        assert not (same_excluded and reviewer.department == dossier.department)
    for dossier in dossiers:
        free = [
            reviewer
            for reviewer in reviewers
            if dossier.siren not in reviewer.ties
            and not (same_excluded and reviewer.department == dossier.department)
        ]
        has = sum(1 for held, _ in made.pairs if held == dossier.id)
        assert has == min(wanted, len(free))
        assert made.missing.get(dossier.id, 0) == wanted - has
    assert len(set(made.pairs)) == len(made.pairs)


@settings(max_examples=60)
@given(panels)
def test_given_no_conflict_then_no_two_loads_are_more_than_one_apart(drawn):
    seed, size, readers, wanted = drawn
    dossiers, reviewers = panel(seed, size, readers)
    free = [Reviewer(reviewer.id, None) for reviewer in reviewers]

    loads = assign(dossiers, free, wanted, "seed").loads.values()

    assert not loads or max(loads) - min(loads) <= 1


@settings(max_examples=40)
@given(panels)
def test_given_conflicts_then_no_single_hand_over_would_make_loads_more_even(drawn):
    seed, size, readers, wanted = drawn
    dossiers, reviewers = panel(seed, size, readers)

    made = assign(dossiers, reviewers, wanted, "seed", same_department_excluded=True)

    people = {reviewer.id: reviewer for reviewer in reviewers}
    by_id = {dossier.id: dossier for dossier in dossiers}
    for dossier_id, reviewer_id in made.pairs:
        dossier = by_id[dossier_id]
        for other in people.values():
            possible = (
                (dossier_id, other.id) not in made.pairs
                and dossier.siren not in other.ties
                and other.department != dossier.department
            )
            assert not possible or made.loads[reviewer_id] - made.loads[other.id] <= 1


def test_given_a_chain_of_conflicts_then_loads_are_evened_out_along_it():
    dossiers = [
        Dossier("a", "1" * 9, "03"),
        Dossier("b", "2" * 9, "03"),
        Dossier("c", "3" * 9, "03"),
    ]
    reviewers = [
        Reviewer("one", None),
        Reviewer("two", None, frozenset({"1" * 9, "3" * 9})),
        Reviewer("three", None, frozenset({"1" * 9, "2" * 9})),
    ]

    for seed in map(str, range(30)):
        assert set(assign(dossiers, reviewers, 1, seed).loads.values()) == {1}


@settings(max_examples=40)
@given(panels, st.randoms(use_true_random=False))
def test_given_another_order_then_the_assignment_is_the_same(drawn, source):
    seed, size, readers, wanted = drawn
    dossiers, reviewers = panel(seed, size, readers)
    already = list(assign(dossiers[: size // 2], reviewers, 1, "first").pairs)
    expected = assign(dossiers, reviewers, wanted, "seed", already)
    for order in (dossiers, reviewers, already):
        source.shuffle(order)

    assert assign(dossiers, reviewers, wanted, "seed", already) == expected


def test_given_another_seed_then_the_lots_fall_otherwise():
    dossiers, _ = panel(1, 30, 0)
    reviewers = [Reviewer(f"r{n}", None) for n in range(8)]

    assert (
        assign(dossiers, reviewers, 2, "one").pairs != assign(dossiers, reviewers, 2, "two").pairs
    )


def test_given_a_recusal_then_the_dossier_gets_another_reviewer_and_never_the_same_again():
    dossiers = [Dossier("d", "1" * 9, "03")]
    reviewers = [Reviewer(name, None) for name in ("ann", "bob", "eve")]
    first = assign(dossiers, reviewers, 2, "seed").pairs

    again = assign(dossiers, reviewers, 2, "seed", already=first, recused=first[:1])

    assert len(again.pairs) == 1
    assert again.pairs[0] not in first
    assert assign(dossiers, reviewers, 3, "seed", recused=first).missing == {"d": 2}


def test_given_reviews_already_there_then_only_the_lacking_ones_are_made():
    dossiers = [Dossier("d", "1" * 9, "03", extra_reviews=1), Dossier("e", "2" * 9, "03")]
    reviewers = [Reviewer(name, None) for name in ("ann", "bob", "eve")]
    already = [("d", "ann"), ("d", "bob"), ("e", "ann"), ("e", "eve")]

    made = assign(dossiers, reviewers, 2, "seed", already)

    assert made.pairs == (("d", "eve"),)
    assert made.loads == {"ann": 2, "bob": 1, "eve": 2}


def test_given_a_tie_declared_by_siret_then_the_whole_legal_person_is_excluded():
    dossiers = [Dossier("d", "123456789", "03")]

    made = assign(dossiers, [Reviewer("ann", None, frozenset({"12345678900017"}))], 1, "seed")

    assert (made.pairs, made.missing) == ((), {"d": 1})


def test_given_a_seed_then_the_assignment_is_the_one_stored_for_ever():
    dossiers = [Dossier(f"d{n}", f"{n:09}", "03") for n in range(4)]
    reviewers = [Reviewer(name, None) for name in ("ann", "bob", "eve")]

    assert assign(dossiers, reviewers, 1, "fabriques-2020").pairs == (
        ("d0", "bob"),
        ("d1", "eve"),
        ("d2", "ann"),
        ("d3", "ann"),
    )
