"""What is handed over of what is kept: everything about the person, nothing that is about somebody else.

Left out are reviewers' names and what they wrote for the committee, other dossiers, and the sealed account.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from deploy.cli.export.words import title_of
from deploy.cli.timeline.reading import body_of
from deploy.cli.timeline.telling import speaker, time_of
from deploy.local.log.reading import Stored
from shared.contract.backoffice import BankStatementReceived
from shared.contract.funding import TrancheOrdered
from shared.contract.personal import ERASED_TYPES
from shared.contract.subjects import type_of
from shared.contract.values import Role, dossier_of_tranche

SEALED = "scellé : le service du financement seul peut l'ouvrir"
A_REVIEWER = "un évaluateur"
OF_REVIEWERS = "frontdesk.review."
UNREADABLE = "message illisible, gardé tel qu'il est venu"
# By field, wherever it stands: who reviewed, other dossiers, and the code that proves whose an address is.
OF_OTHERS = frozenset(("reviewer_id", "reviewers", "peers", "peer", "to", "token"))
# What is said inside the committee, by the aggregate of the fact.
INSIDE: Mapping[str, frozenset[str]] = MappingProxyType(
    {"review": frozenset(("comment", "comments", "reason"))}
)
TITLES = MappingProxyType(
    {
        "sent": "Ce que vous avez envoyé",
        "decisions": "Ce qui a été décidé, et pourquoi",
        "reviews": "Les évaluations",
        "money": "La subvention et les versements",
        "reports": "Les bilans et les recours",
        "letters": "Les lettres",
        "support": "L'accompagnement",
        "acts": "Ce que des agents ont fait",
        "readings": "Qui a lu le dossier",
        "answers": "Ce que votre guichet a reçu",
        "others": "Autres traces",
    }
)
OF_PUBLISHERS = MappingProxyType(
    {
        "answers": "answers",
        "banking": "sent",
        "tranches": "money",
        "dead-letters": "others",
        "keeper": "others",
        "support": "support",
    }
)
OF_AGGREGATES = MappingProxyType(
    {
        "review": "reviews", "comments": "reviews", "notice": "letters", "document": "letters",
        "bank-statement": "money", "payment": "money", "support": "support", "contact": "others",
        "peer": "support",
    }
)  # fmt: skip
OF_FUNDING = MappingProxyType(
    {"candidature": "decisions", "report": "reports", "appeal": "reports"}
)
SCORES = ("scored", "score-withdrawn")
Entry = dict[str, Any]


def entries_of(found: Iterable[Stored], candidature_id: str, rehearsal: bool) -> list[Entry]:
    """The messages that are about this dossier, in the order given, each with what is handed over of it."""
    read = [(one, body_of(one)) for one in found]
    orders = {
        str(body["order_id"])
        for one, body in read
        if one.is_of(TrancheOrdered) and body and _is_of(body, candidature_id)
    }
    return [
        _entry(one, body, orders, rehearsal)
        for one, body in read
        if _is_about(one, body, candidature_id, orders)
    ]


def sections_of(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The same by what a reader looks for; a part that has nothing is left out."""
    by_name: dict[str, list[Entry]] = {name: [] for name in TITLES}
    for entry in entries:
        by_name[section_of(entry["fact"])].append(entry)
    return [
        {"name": name, "title": TITLES[name], "entries": found}
        for name, found in by_name.items()
        if found
    ]


def section_of(fact: str) -> str:
    publisher, aggregate, verb = fact.split(".")
    if verb == "read":
        return "readings"
    if verb in SCORES:
        return "reviews"
    if found := OF_PUBLISHERS.get(publisher) or OF_AGGREGATES.get(aggregate):
        return found
    if publisher == "frontdesk":
        return "sent"
    if publisher == "backoffice":
        return "acts"
    return OF_FUNDING.get(aggregate, "money") if publisher == "funding" else "decisions"


def _is_about(one: Stored, body: dict[str, Any], candidature_id: str, orders: set[str]) -> bool:
    """A wave's facts tell of many dossiers, and a bank's message of many holders: of it our lines count."""
    if one.is_of(BankStatementReceived):
        return bool(_own_lines(body, orders))
    named = one.dossier
    if named in orders or "letter_id" in body:
        return True
    return candidature_id in (named.lower(), dossier_of_tranche(named).lower())


def _is_of(body: dict[str, Any], candidature_id: str) -> bool:
    return str(body.get("candidature_id", "")).lower() == candidature_id


def _own_lines(body: dict[str, Any], orders: set[str]) -> list[dict[str, Any]]:
    return [line for line in body.get("lines", ()) if line.get("end_to_end_id") in orders]


def _entry(one: Stored, body: dict[str, Any], orders: set[str], rehearsal: bool) -> Entry:
    fact = one.fact
    who, role = speaker(one, body)
    if fact.startswith(OF_REVIEWERS):
        who = A_REVIEWER
    return {
        "at": time_of(one, rehearsal).isoformat(),
        "fact": fact,
        "title": title_of(fact),
        "who": who,
        "role": str(role),
        "data": _handed_over(fact, body, orders) if body else {"message": UNREADABLE},
        "place": f"{one.stream} {one.sequence}",
        "erased_with_the_person": type_of(one.subject) in ERASED_TYPES,
    }


def _handed_over(fact: str, body: dict[str, Any], orders: set[str]) -> dict[str, Any]:
    hidden = OF_OTHERS | INSIDE.get(fact.split(".")[1], frozenset())
    data = dict(body, lines=_own_lines(body, orders)) if "bank-statement" in fact else dict(body)
    if "sealed" in data:
        data["sealed"] = SEALED
    if data.get("role") == Role.REVIEWER:
        data["reader_id"] = A_REVIEWER
    shown: dict[str, Any] = _without(hidden, data)
    return shown


def _without(hidden: frozenset[str], value: Any) -> Any:
    """At any depth; what is empty goes too: it tells nothing."""
    if isinstance(value, dict):
        kept = {name: _without(hidden, one) for name, one in value.items() if name not in hidden}
        return {name: one for name, one in kept.items() if one not in (None, "", [], {})}
    if isinstance(value, list):
        return [_without(hidden, one) for one in value]
    return value
