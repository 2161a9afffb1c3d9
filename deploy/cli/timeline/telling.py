"""What a timeline tells of each message: who, what, why, and nothing that a person wrote.

Shown are ids, codes, amounts, days and our own reasons. Names, addresses, accounts, marks and free text are
not, whatever class of event they stand in: a field that is not named here is left out.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deploy.cli.timeline.reading import body_of
from deploy.local.log.reading import Stored
from shared.contract.front_ends import TRANCHE_JOB
from shared.contract.intake import CandidatureErased
from shared.contract.subjects import front_end_of, is_from_outside
from shared.kit.delivery import REHEARSAL_HEADER, instant_of

SHOWN = (
    "receipt_number", "wave", "version", "front_end", "eligible", "zones", "missing", "complete_before",
    "score", "rank", "zone", "outcome", "outcome_before", "upheld", "promoted", "place_freed",
    "awarded_cents", "number", "year", "due_on", "amount_cents", "amounts_cents", "freed_cents", "left_cents",
    "total_cents",
    "recovered_cents", "waived_cents", "order_id", "bank_reference", "reason_code", "answer_by", "kind",
    "deadline", "registered", "laureates", "waitlisted", "declined", "reopening", "closes_on", "months",
    "allowed", "regime", "template", "short", "needs", "step", "act", "statement_id", "part",
    "consumer", "attempts", "cause", "result", "remind_on",
    "need", "steps", "state", "owner", "agreed", "association_consent", "because",
    "peer", "peers", "asked_to_help", "met", "returned", "shared", "distance_km", "by_video", "accepts",
    "offers", "listed", "helped", "done", "addressee", "common",
    "gathering", "revision", "starts_on", "ends_on", "cancelled", "comes", "people",
    "awarded_on", "agreed_on", "paid_on", "payable_from",
)  # fmt: skip
OF_BANK_LINES = (
    "status",
    "amount_cents",
    "end_to_end_id",
    "bank_reference",
    "booked_on",
    "reason_code",
)
ERASED = CandidatureErased.event_type().rpartition(".v")[0]


@dataclass(frozen=True, slots=True)
class Row:
    """One message. `at` is the event's time, `stamped` the broker's; `depth` counts its causes shown before.

    `fact` is its type without a version, `who` a person, a front-end or a service; `reasons` are our words.
    """

    stamped: datetime
    at: datetime
    stream: str
    sequence: int
    fact: str
    dossier: str
    event_id: str
    cause_id: str
    depth: int
    who: str
    role: str
    told: dict[str, Any]
    reasons: tuple[dict[str, str], ...]

    @property
    def words(self) -> str:
        """`registered`, `tranche ordered`, `answer registered`: of a candidature no noun is needed."""
        publisher, aggregate, verb = self.fact.split(".")
        if publisher == "answers":
            return f"answer {verb}"
        return verb if aggregate == "candidature" else f"{aggregate} {verb}"

    def as_data(self) -> dict[str, Any]:
        return {
            "stamped": self.stamped.isoformat(),
            "at": self.at.isoformat(),
            "stream": self.stream,
            "sequence": self.sequence,
            "fact": self.fact,
            "dossier": self.dossier,
            "event_id": self.event_id,
            "cause_id": self.cause_id or None,
            "depth": self.depth,
            "who": self.who,
            "role": self.role or None,
            "told": self.told,
            "reasons": list(self.reasons),
        }


def rows_of(found: Iterable[Stored], rehearsal: bool) -> list[Row]:
    """In the order given. What follows from a message of the timeline stands one deeper than that."""
    read = [(one, body_of(one)) for one in found]
    orders = {str(body["order_id"]) for _, body in read if "order_id" in body}
    depths: dict[str, int] = {}
    rows = []
    for one, body in read:
        cause_id = cause_of(one, body)
        depth = depths[cause_id] + 1 if cause_id in depths else 0
        depths.setdefault(one.event_id, depth)
        who, role = speaker(one, body)
        rows.append(
            Row(
                stamped=instant_of(one.stamped_ns),
                at=time_of(one, rehearsal),
                stream=one.stream,
                sequence=one.sequence,
                fact=one.fact,
                dossier=one.dossier,
                event_id=one.event_id,
                cause_id=cause_id,
                depth=depth,
                who=who,
                role=role,
                told=told_of(body, orders) if body else {"unreadable": True},
                reasons=reasons_of(body),
            )
        )
    return rows


def cause_of(one: Stored, body: dict[str, Any]) -> str:
    """A notice is sent when its turn comes: its body names what it is about.

    What comes from outside may claim any cause, and has none.
    """
    return "" if is_from_outside(one.subject) else str(body.get("cause_id") or one.cause_id)


def time_of(one: Stored, rehearsal: bool) -> datetime:
    """The event's own; the broker's stamp for what comes from outside, but in a rehearsal."""
    outside = is_from_outside(one.subject)
    if outside and not rehearsal:
        return instant_of(one.stamped_ns)
    try:
        told = datetime.fromisoformat(
            one.headers.get(REHEARSAL_HEADER if outside else "ce-time", "")
        )
    except ValueError:
        return instant_of(one.stamped_ns)
    return told.astimezone(UTC) if told.tzinfo else instant_of(one.stamped_ns)


def speaker(one: Stored, body: dict[str, Any]) -> tuple[str, str]:
    """Who said it, and in which role: the id of an officer or reviewer, else the front-end or the service."""
    if not is_from_outside(one.subject):
        return str(body.get("by") or one.headers.get("ce-source", "").rpartition("/")[2]), ""
    if actor := body.get("actor"):
        return str(actor["id"]), str(actor["role"])
    if "reviewer_id" in body:
        return str(body["reviewer_id"]), "reviewer"
    return front_end_of(one.subject) or TRANCHE_JOB, ""


def told_of(body: dict[str, Any], orders: set[str]) -> dict[str, Any]:
    """The fields that are shown, in the order of the table; those of a laureate taken over are its own.

    Of a bank's message, our orders' lines alone; of files, how many were found as they should be.
    """
    body = body | (body.get("laureate") or {})
    told = {name: body[name] for name in SHOWN if body.get(name) not in (None, "", [], ())}
    if findings := Counter(file["finding"] for file in body.get("files", ()) if "finding" in file):
        told["files"] = dict(findings)
    lines = [line for line in body.get("lines", ()) if line.get("end_to_end_id") in orders]
    if lines:
        told["bank"] = [{name: line.get(name) for name in OF_BANK_LINES} for line in lines]
    return told


def reasons_of(body: dict[str, Any]) -> tuple[dict[str, str], ...]:
    """Code, field and sentence of each of our reasons."""
    return tuple(_reason(reason) for reason in body.get("reasons", ()))


def _reason(reason: dict[str, Any]) -> dict[str, str]:
    return {name: str(reason[name]) for name in ("code", "field", "message") if reason.get(name)}


def erased_on(rows: Iterable[Row]) -> datetime | None:
    """When the holder's personal data was erased, if it was."""
    return next((row.at for row in rows if row.fact == ERASED), None)
