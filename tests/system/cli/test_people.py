"""Officers and reviewers by the command: two administrators agree, one alone waits, a revoked key is none."""

import re

from tests.system.cli.conftest import Fabriques

WHY = ("--reason", "selon le dossier")
EXTEND = ("act", "wave.extended", "wave=2020-4", "closes_on=2098-12-31", *WHY)


def test_a_person_is_made_acts_and_is_revoked(operator: Fabriques) -> None:
    assert "is that of a registered director" in operator(*EXTEND).err

    alone = operator("people", "add", "martin", "--role", "director", "--as", "administrator-1", "--json")
    assert (alone.code, alone.data["result"]) == (0, "proposed")
    again = operator("people", "add", "martin", "--role", "director", "--as", "administrator-1")
    assert (again.code, "Il faut deux administrateurs différents." in again.err) == (1, True)
    assert "waits for a second administrator" in operator("people", "list").out
    assert operator("people", "add", "martin", "--role", "director", "--as", "administrator-2").code == 0
    people = {person["person_id"]: person for person in operator("people", "list", "--json").data["people"]}
    assert people["martin"]["roles"] == ["director"]

    said = operator(*EXTEND, "--json")
    assert said.code == 0, said.err
    assert [verdict["result"] for verdict in said.data["verdicts"]] == ["extended"]

    theirs = people["martin"]["public_key"]
    assert re.fullmatch(r"([0-9a-f]{4} ){7}[0-9a-f]{4}", operator("people", "digest", theirs).out.strip())
    assert "44 characters" in operator("people", "digest", theirs[:-1]).err
    taken = operator("people", "add", "moreau", "--role", "director", "--public-key", theirs)
    assert (taken.code, "d'une autre personne" in taken.err) == (1, True), "a key is one person's"

    assert operator("people", "revoke", "martin").code == 0
    assert operator(*EXTEND, "--as", "martin").errors == [
        "fabriques: martin is not registered: see `fabriques people list`"
    ]
    last = operator("people", "revoke", "administrator-2")
    assert (last.code, "deux administrateurs" in last.err) == (1, True)
