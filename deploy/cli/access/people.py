"""`fabriques people`: officers and reviewers, their keys and roles. Each change takes two administrators."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from deploy.cli.connection.bus import Bus, Verdict, with_bus
from deploy.cli.connection.signing import key_at, names_at_hand
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson, At, Officer, Why, officer_act
from deploy.cli.terminal.printing import NOTHING, print_json, print_line, print_table
from deploy.local.keys.people import key_file, make_key
from shared.contract.backoffice import OfficerAct
from shared.contract.people import PersonRegistered, PersonRevoked
from shared.contract.values import PersonKey, Role
from shared.kit.people.signatures import digest_of_key, public_key_of

app = typer.Typer(no_args_is_help=True)
PersonId = Annotated[
    str, typer.Argument(metavar="PERSON", help="Letters, digits, - and _: it stands in every act.")
]
Administrators = Annotated[
    list[str] | None,
    typer.Option(
        "--as", help="The administrators, one each time; by default two whose keys are at hand."
    ),
]


@app.command("list")
def list_people(as_json: AsJson = False) -> None:
    """Who acts on this platform, since when and in which roles, and what waits for a second administrator."""
    found = with_bus(lambda bus: bus.ask("intake", "people"))
    if as_json:
        return print_json(found)
    rows = [
        (p["person_id"], _state(p), _day(p["since_ns"]), p["public_key"] or NOTHING)
        for p in found["people"]
    ]
    print_table(("=person", "roles", "since", "=public key"), rows)
    for proposal in found["proposed"]:
        print_line(
            f"{proposal['person_id']}: what {proposal['by']} said waits for a second administrator."
        )
    return None


@app.command()
def add(
    person: PersonId,
    roles: Annotated[list[Role], typer.Option("--role", help="A role; again for one more.")],
    public_key: Annotated[
        str, typer.Option(help="Of a key that was made elsewhere, in base64.")
    ] = "",
    new_key: Annotated[
        bool, typer.Option("--new-key", help="In place of a key that was lost.")
    ] = False,
    administrators: Administrators = None,
    reason: Why = "prise de fonctions",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Register a person, or other roles or another key of one.

    Their key is made here, unless a public key is given.
    """

    async def work(bus: Bus) -> dict[str, Any]:
        known = await bus.ask("intake", "people")
        key = public_key or _key_for(bus, known, person, new_key)
        fields = {"person_id": person, "roles": tuple(roles), "public_key": key}
        return await _said_by_two(bus, known, PersonRegistered, administrators, reason, at, fields)

    _tell(person, with_bus(work), as_json)


@app.command()
def digest(
    public_key: Annotated[
        str, typer.Argument(metavar="KEY", help="In base64, as the pages show it.")
    ],
    as_json: AsJson = False,
) -> None:
    """The digest of a public key: hear it from its owner before you sign for a key made elsewhere."""
    try:
        found = digest_of_key(TypeAdapter(PersonKey).validate_python(public_key))
    except ValueError:
        raise CommandFailed(
            f"{public_key} is no public key: the base64 of 32 bytes, 44 characters"
        ) from None
    if as_json:
        return print_json({"public_key": public_key, "digest": found})
    return print_line(found)


@app.command()
def revoke(
    person: PersonId,
    administrators: Administrators = None,
    reason: Why = "départ",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """From now on nothing signed with this person's key counts."""

    async def work(bus: Bus) -> dict[str, Any]:
        known = await bus.ask("intake", "people")
        return await _said_by_two(
            bus, known, PersonRevoked, administrators, reason, at, {"person_id": person}
        )

    _tell(person, with_bus(work), as_json)


async def _said_by_two(
    bus: Bus,
    known: dict[str, Any],
    kind: type[OfficerAct],
    administrators: list[str] | None,
    reason: str,
    at: str | None,
    fields: dict[str, Any],
) -> dict[str, Any]:
    """The same act by each of them; the second makes it hold."""
    verdicts: list[Verdict] = []
    for name in administrators or _administrators_at_hand(bus, known):
        officer = Officer(name, Role.ADMINISTRATOR)
        verdicts = await bus.act(officer_act(kind, officer, reason, **fields), officer, at)
    return {**fields, "result": verdicts[0].result, "reasons": verdicts[0].reasons}


def _administrators_at_hand(bus: Bus, known: dict[str, Any]) -> list[str]:
    at_hand = set(names_at_hand(bus.settings.home))
    found = [
        p["person_id"]
        for p in known["people"]
        if Role.ADMINISTRATOR in p["roles"] and p["person_id"] in at_hand
    ]
    if not found:
        raise CommandFailed("no administrator's key is at hand: name those who decide with --as")
    return found[:2]


def _key_for(bus: Bus, known: dict[str, Any], person: str, new_key: bool) -> str:
    """The key a person is registered with; else that of their file, made where there is none."""
    home = bus.settings.home
    registered = next(
        (p for p in known["people"] if p["person_id"] == person and not p["revoked"]), None
    )
    if registered and not new_key:
        return str(registered["public_key"])
    if not key_file(home, person).exists():
        return public_key_of(make_key(home, person))
    found = public_key_of(key_at(home, person))
    if registered and found == registered["public_key"]:
        raise CommandFailed(
            f"{key_file(home, person)} holds the key that is registered: move it away first"
        )
    return found


def _state(person: dict[str, Any]) -> str:
    return "revoked" if person["revoked"] else ", ".join(person["roles"])


def _day(since_ns: int) -> str:
    return (
        f"{datetime.fromtimestamp(since_ns / 1e9, UTC):%Y-%m-%d %H:%M}"
        if since_ns
        else "the beginning"
    )


def _tell(person: str, done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return print_json(done)
    return print_line(" · ".join([f"{person}: {done['result']}", *done["reasons"]]))
