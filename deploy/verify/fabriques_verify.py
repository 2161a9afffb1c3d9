"""fabriques-verify DIR: does an export of the log of a Fabriques platform hold? Trusts nobody."""

import argparse
import base64
import hashlib
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations, zip_longest
from pathlib import Path
from typing import Any

from nacl.signing import VerifyKey

Json = dict[str, Any]
Finding = tuple[str, str, str]  # which check, where, and what is wrong there
CHECKS = "places digests chains erasures tails seals heads witnesses approvals scores ranking money".split()
CHAINED = ("sequence", "through", "stamped_ns", "event_id", "subject", "digest")
NAMED = ("frontdesk", "banking", "backoffice", "answers")  # a front-end's name is in their subjects
PERSONAL = ("frontdesk.", "banking.", "candidature.imported")  # may leave with their author
REVIEW, ADMIN, BOTH = "frontdesk.review.submitted", {"administrator"}, {"authorising-officer", "accountant"}
ACTS: dict[str, tuple[set[str], Json, Json]] = {  # in which roles; what is said alike; what else is read
    "wave.approved": ({"director"}, {"digest": ""}, {}), REVIEW: ({"reviewer"}, {"marks": {}}, {}),
    "payments.approved": (BOTH, {"run_id": ""}, {"total_cents": 0}),
    "payment.declared": (BOTH, {"order_id": "", "fate": "", "reference": ""}, {}),
    "laureate.imported": ({"director", "accountant"}, {"laureate": {}}, {}),
    "recovery.received": ({"accountant"}, {}, {"amount_cents": 0}), "bank-statement.received": (
        {"accountant", "operator"}, {}, {"lines": [{"status": "", "end_to_end_id": ""}]}),
    "person.registered": (ADMIN, {"person_id": "", "public_key": ""}, {"roles": [""]}),
    "person.revoked": (ADMIN, {"person_id": ""}, {})}
NEEDED = {"wave.published": ("wave.approved", "digest"), "payments.exported": ("payments.approved", "run_id"),
          "grant.taken-over": ("laureate.imported", "laureate")}  # a fact, its act, what is alike
POLICY = "floor_cents ceiling_cents yearly_cap_cents pass_mark laureates_max when_short_of_money".split()
COMPETING = "funding.grant.taken-over intake.candidature.registered intake.candidature.withdrawn".split()
COMPETING += [f"eligibility.candidature.{v}" for v in ("eligibility-checked", "scored", "score-withdrawn")]
LISTED = ("rank", "score", "tie_break", "outcome", "awarded_cents", "zone")
FREED = {"cancelled": "freed_cents", "amended": "freed_cents", "offset": "amount_cents"}
def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
def rows_of(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
def is_signature(key: str, signature: str, said: bytes) -> bool:
    with suppress(Exception):  # whatever is wrong with it, it is none
        return bool(VerifyKey(base64.b64decode(key)).verify(said, base64.b64decode(signature)))
    return False
def typed(value: Any, like: Any) -> Any:
    if type(value) is not type(like):
        raise TypeError
    if isinstance(like, dict):
        return {name: typed(value[name], part) for name, part in like.items()} or value
    return [typed(one, like[0]) for one in value] if isinstance(like, list) else value
class Event:  # one line of a stream: where it lies, how it is chained, and what it says unless it was erased
    def __init__(self, stream: str, row: Json, sealed: int) -> None:
        self.stream, self.row, self.key, self.where = stream, row, "", f"{stream} {row['sequence']}"
        self.stamp, self.salt, self.is_sealed = row["stamped_ns"], row["salt"], row["through"] <= sealed
        words = (row["subject"] or ".hole..").split(".")
        self.said = words[:2] + words[3:] if words[1] in NAMED else words  # as its author wrote it
        self.verb, self.dossier = self.said[-3], self.said[-1]
        self.kind = ".".join(self.said[1:-2]).removeprefix("backoffice.")  # people's acts have no other word
        told = row if self.salt else Json()  # nothing shows what lay at a place whose salt is gone
        self.headers = told.get("headers", {})
        self.raw = base64.b64decode(told["base64"]) if "base64" in told else told.get("body", "").encode()
        self.act, self.actor, self.role, self.body = self.headers.get("ce-id", ""), "", "reviewer", Json()
        _, alike, also = ACTS.get(self.kind, ("", {}, {}))
        with suppress(Exception):  # whatever a front-end sent lies there: it counts for nothing
            said = json.loads(self.raw)
            self.body = typed(said | said.get("laureate", {}), alike | also)
            self.word = canonical([self.kind, *map(self.body.get, alike), sorted(self.body.get("roles", []))])
            self.actor = typed(said.get("reviewer_id", ""), "")  # last: what cannot be read is nobody's
            self.actor, self.role = typed(said["actor"]["id"], ""), said["actor"]["role"]
class Export:  # the whole export in memory; each check gives what it finds
    def __init__(self, folder: Path, key: str, kept: list[Path]) -> None:
        told = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.platform, self.founders = told["platform"], told["founders"]
        self.file = (folder / "programme.toml").read_bytes()
        self.programme = tomllib.loads(self.file.decode())
        self.checkpoints = rows_of(folder / "checkpoints.jsonl")
        self.kept = [json.loads(path.read_text("utf-8")) for path in kept]
        self.key = key or (self.checkpoints[0]["key"] if self.checkpoints else "")
        upto = {one["stream"]: one["sequence"] for last in self.checkpoints[-1:] for one in last["streams"]}
        rows = {name: rows_of(folder / "streams" / f"{name}.jsonl") for name in told["streams"]}
        self.streams = {key: [Event(key, row, upto.get(key, 0)) for row in rows[key]] for key in rows}
        self.events = sorted(sum(self.streams.values(), list[Event]()), key=lambda event: event.stamp)
        self.people = {name: (public, roles) for name, public, roles in self.founders}
        self.owners = {public: name for name, public, _ in self.founders}
        self.words: dict[bytes, dict[tuple[str, str, int], Event]] = defaultdict(dict)  # that wait for others
        self.acts, counted = defaultdict[str, list[Event]](list), set[tuple[str, str]]()
        for act in self.events:
            if self._is_signed(act) and (act.actor, act.act) not in counted:  # an id counts once
                counted.add((act.actor, act.act))
                if act.kind == REVIEW or not ACTS.get(act.kind, ("", {}))[1] or self._is_agreed(act):
                    self.acts[act.kind].append(act)
    def of(self, kind: str, until: float = float("inf")) -> list[Event]:
        return [one for one in self.events if one.kind == kind and one.body and one.stamp <= until]
    def _is_signed(self, act: Event) -> bool:
        act.key, roles = self.people.get(act.actor, ("", []))
        said = f"fabriques-act-v1\n{self.platform}\n{'.'.join(act.said)}\n{act.act}\n".encode() + act.raw
        may = act.role in roles and act.role in ACTS.get(act.kind, (roles,))[0]
        return may and is_signature(act.key, act.headers.get("Fabriques-Signature", ""), said)
    def _is_agreed(self, act: Event) -> bool:  # by now, by so many people in each role, who all still stand
        roles, alike, _ = ACTS[act.kind]
        before = {by: one for by, one in self.words[act.word].items() if self._still_counts(one, act.stamp)}
        mine = (act.actor, act.role, act.body.get("total_cents", 0))
        self.words[act.word] = {mine: act} | before
        count = self.programme["selection"]["approvals"] if "digest" in alike else 2
        groups = [[*zip(mine, *some, strict=True)] for some in combinations(before, count - 1)]
        seen = [min(cents) for who, as_whom, cents in groups if len({*who}) == count and {*as_whom} == roles]
        if not seen:
            return False
        act.body["total_cents"] = max(seen)  # an order may leave a run between its two approvals
        whom, key = act.body.get("person_id", ""), act.body.get("public_key", "")
        if whom and (not key or self.owners.setdefault(key, whom) == whom):
            self.people[whom] = (key, act.body.get("roles", []))
            self.words[act.word].clear()
        return True
    def _still_counts(self, word: Event, stamp: int) -> bool:  # while its author stands; of people, a month
        key, roles = self.people[word.actor]
        late = word.kind.startswith("person.") and stamp - word.stamp > 30 * 86_400 * 10**9
        return key == word.key and word.role in roles and not late
    def lying(self) -> Iterator[Finding]:  # places run on and hold what was digested; what is gone was erased
        erased = {event.dossier for event in self.of("intake.candidature.erased") if event.is_sealed}
        for stream, events in self.streams.items():
            place, head = 1, digest(f"fabriques-chain-v1\n{self.platform}\n{stream}".encode())
            for event in events:
                row, hole = event.row, event.kind == "hole"
                if (row["sequence"], row["through"]) != (place, place) or hole:
                    yield "places", event.where, f"place {place} should stand here, with an event"
                if digest(bytes.fromhex(head) + canonical([stream, *map(row.get, CHAINED)])) != row["head"]:
                    yield "chains", event.where, "it is not what was chained here, after the one before it"
                content = bytes.fromhex(event.salt or "") + canonical(event.headers) + b"\0" + event.raw
                if event.salt and digest(content) != row["digest"]:
                    yield "digests", event.where, "its headers or its body were changed"
                may_leave = event.kind.startswith(PERSONAL) and event.dossier.lower() in erased
                if not event.salt and not hole and not may_leave:
                    yield "erasures", event.where, "it is gone, and no sealed fact says that it had to go"
                place, head = row["through"] + 1, row["head"]
            for tail in [event for event in events if self.checkpoints and not event.is_sealed][:1]:
                yield "tails", tail.where, "no checkpoint covers it and what follows: nobody answers for them"
    def sealing(self) -> Iterator[Finding]:  # signed, each names the one before, and sealed these chains
        reached = {(event.stream, event.row["through"]): event.row["head"] for event in self.events}
        founders = "\n".join(sorted(f"{name} {key}" for name, key, _ in self.founders))
        previous, founded = "0" * 64, f"{self.platform.rpartition('/')[0]}/{digest(founders.encode())[:12]}"
        if not self.checkpoints:
            yield "seals", "checkpoints.jsonl", "there is no checkpoint: nobody answers for this log"
        for number, sealed in enumerate(self.checkpoints, 1):
            where, expected = f"checkpoint {number}", [number, previous, founded, digest(self.file)]
            said = canonical({name: value for name, value in sealed.items() if name != "signature"})
            signed = is_signature(self.key, sealed["signature"], b"fabriques-checkpoint-v1\n" + said)
            if not signed or [sealed[x] for x in ("number", "previous", "platform", "programme")] != expected:
                yield "seals", where, "it is not signed with the platform's key, or not what should follow"
            for one in sealed["streams"]:
                if one["sequence"] and reached.get((one["stream"], one["sequence"])) != one["head"]:
                    yield "heads", f"{one['stream']} up to {one['sequence']}", f"{where} sealed another"
            self.key, previous = sealed.get("next_key") or self.key, digest(canonical(sealed))
        for kept in (kept for kept in self.kept if kept not in self.checkpoints):
            yield "witnesses", f"checkpoint {kept['number']}", "it is not the one that somebody else has kept"
    def approvals(self) -> Iterator[Finding]:  # by all whom it takes: this list, or no less than this sum
        for said in (one for one in self.streams["FUNDING"] if one.body and one.kind[8:] in NEEDED):
            what, alike = NEEDED[said.kind[8:]]
            acts = [act.body for act in self.acts[what] if act.stamp <= said.stamp]
            same = [act.get("total_cents", 0) for act in acts if act[alike] == said.body[alike]]
            if max(same, default=-1) < said.body.get("total_cents", 0):
                yield "approvals", said.where, f"{said.dossier} was {said.verb} without all whom it takes"
    def scores(self) -> Iterator[Finding]:  # means of signed reviews; an erased one is taken at its word
        signed = {(act.dossier.lower(), act.actor, act.word) for act in self.acts[REVIEW]}
        gone = {event.dossier.lower() for event in self.events if event.kind == REVIEW and not event.salt}
        for event in self.of("eligibility.candidature.scored"):
            marks = [(x["reviewer_id"], x["marks"]) for x in event.body["reviews"] if not x["recused"]]
            said = {(event.dossier, by, canonical([REVIEW, given, []])) for by, given in marks}
            sums = {name: sum(given[name] for _, given in marks) for name in marks[0][1]}
            means = {name: (200 * total // len(marks) + 1) // 2 for name, total in sums.items()}
            told = (event.body["criteria"], event.body["score"])
            if told != (means, sum(means.values())) or not (said <= signed or event.dossier in gone):
                yield "scores", event.where, f"it is not the mean of signed reviews of {event.dossier}"
    def _room(self, before: list[Event], until: int) -> tuple[dict[str, int | None], int, set[str]]:
        taken, living = Counter[str](), set[str]()
        back = (act for act in self.acts["recovery.received"] if act.stamp <= until)
        left = self.programme["envelope_cents"] + sum(act.body["amount_cents"] for act in back)
        for event in (event for event in before if event.body):
            body, whose = event.body, event.body.get("candidature_id", "")
            if event.verb in ("awarded", "taken-over"):
                living.add(whose)
                left -= sum(body["awarded_cents"])
                taken[body["zone"]] += 1
            living -= {whose} if event.verb == "cancelled" else set()
            late = event.verb in ("rejected", "returned") and whose not in living
            left += body.get("amount_cents" if late else FREED.get(event.verb, ""), 0)
            if event.kind == "funding.place.freed" or body.get("place_freed"):
                taken[body["zone"]] -= 1
        sizes = {one["id"]: None for one in self.programme["zones"]} | self.programme.get("quotas", {})
        return {key: None if size is None else size - taken[key] for key, size in sizes.items()}, left, living
    def _candidates(self, wave: str, until: int, living: set[str]) -> Iterator[Json]:  # who competed
        older, filed, gone, checked, scored, lost = (
            {event.dossier: event for event in self.of(kind, until)} for kind in COMPETING)
        place = {key: (one.body["siret"], one.body["commune_code"]) for key, one in (filed | older).items()}
        county = {key: code[: 3 if code.startswith(("97", "98")) else 2] for key, (_, code) in place.items()}
        held, labelled = {place[key] for key in living}, {county[key] for key in living}
        named = {"new_department"} & {*self.programme["selection"]["tie_break"]}
        for key in sorted(filed.keys() & scored.keys() & checked.keys() - gone.keys()):
            known, zones = filed[key].body | scored[key].body, sorted(checked[key].body["zones"])
            unscored = key in lost and lost[key].stamp > scored[key].stamp
            marks = known["criteria"] | dict.fromkeys(named, int(county[key] not in labelled))
            if filed[key].body["wave"] == wave and zones and not unscored and place[key] not in held:
                given = {name: known[name] for name in ("receipt_sequence", "requested_cents", "score")}
                yield given | {"id": key, "zones": zones, "criteria": marks}
    def ranking(self) -> Iterator[Finding]:  # again, from files, territory, scores and the programme alone
        funding, rules = self.streams["FUNDING"], self.programme["award"] | self.programme["selection"]
        policy = {name: rules[name] for name in [*POLICY, "tie_break"]}
        policy["criterion_pass_marks"] = {one["id"]: one["pass_mark"] for one in self.programme["criteria"]}
        for said in self.of("funding.wave.published"):
            wave = said.body["wave"]
            lists = [funding.index(one) for one in self.of("funding.wave.ranked") if one.dossier == wave]
            since, upto = [0, *lists][-2:]
            last = funding[upto]
            own = [one.body for one in funding[since:upto] if one.kind == "funding.candidature.ranked"]
            lines = [{name: one[name] for name in LISTED} | {"id": one["candidature_id"], "reasons": [
                [why["code"], why["field"]] for why in one["reasons"]]} for one in own if one["wave"] == wave]
            quotas, left, living = self._room(funding[:upto], last.stamp)
            candidates = list(self._candidates(wave, last.stamp, living))
            inputs = {"quotas_left": quotas, "envelope_left_cents": left, "candidatures": candidates}
            digests = {"inputs_digest": digest(canonical(inputs)), "policy_digest": digest(canonical(policy))}
            if digest(canonical(digests | {"ranking": lines})) != said.body["digest"]:
                yield "ranking", last.where, "its digest is not that of the list and of what it rests on"
            for line, again in zip_longest(lines, ranked(policy, quotas, left, candidates), fillvalue=Json()):
                if line | again != line or not again:
                    yield "ranking", last.where, f"it says {line}, it should be {again}"
    def money(self) -> Iterator[Finding]:  # each order once, each payment as ordered and as the bank told
        lines = [line for act in self.acts["bank-statement.received"] for line in act.body["lines"]]
        told = {line["end_to_end_id"] for line in lines if line["status"] == "settled"}
        told |= {act.body["order_id"] for act in self.acts["payment.declared"] if act.body["fate"] == "paid"}
        left, orders, paid = Counter[str](), dict[str, int](), set[str]()
        for fact in (fact for fact in self.streams["FUNDING"] if "candidature_id" in fact.body):
            body, order = fact.body, fact.body.get("order_id", "")
            whose, cents = body["candidature_id"], body.get("amount_cents", 0)
            if fact.verb in ("awarded", "taken-over"):
                paid |= {f"{whose}-T{year}" for year, _ in enumerate(body.get("paid_on", ()), 1)}
                left[whose] += sum(body["awarded_cents"][len(body.get("paid_on", ())):])
            elif fact.kind == "funding.tranche.ordered":
                if order in orders or fact.dossier in paid:
                    yield "money", fact.where, f"{order} was ordered before, or its tranche is paid"
                orders[order] = cents
            elif fact.kind == "funding.tranche.settled":
                if fact.dossier in paid or order not in told or not orders.get(order) == cents <= left[whose]:
                    yield "money", fact.where, f"{order} was not ordered so, told by no bank, or too much"
                left[whose] -= cents
                paid.add(fact.dossier)
            elif fact.kind == "funding.tranche.returned":
                left[whose] += cents
def ranked(policy: Json, quotas: dict[str, int | None], left: int, candidates: list[Json]) -> Iterator[Json]:
    """One walk down the list. By Hall's theorem whoever fits in every set of zones can be seated."""
    sets = [some for count in range(len(quotas)) for some in combinations(sorted(quotas), count + 1)]
    room = {zone: 10**9 if size is None else size for zone, size in quotas.items()}
    spare = {zones: sum(room[zone] for zone in zones) for zones in sets}
    laureates, stopped, short = 0, False, policy["when_short_of_money"]
    for one in candidates:
        ties = {name: (one["criteria"] | one)[name] for name in policy["tie_break"]}
        keys = [tie if name == "receipt_sequence" else -tie for name, tie in ties.items()]
        one |= {"ties": [*ties.values()], "keys": [-one["score"], *keys, one["receipt_sequence"], one["id"]]}
    for rank, one in enumerate(sorted(candidates, key=lambda one: one["keys"]), 1):
        years = [min(year, policy["yearly_cap_cents"]) for year in one["requested_cents"]]
        due = cut(years, policy["ceiling_cents"])
        passed = all(one["criteria"][name] >= least for name, least in policy["criterion_pass_marks"].items())
        passed = passed and one["score"] >= policy["pass_mark"] and sum(due) >= policy["floor_cents"]
        within = [zones for zones in spare if set(one["zones"]) <= set(zones)]
        full = stopped or laureates >= policy["laureates_max"] or any(spare[zones] <= 0 for zones in within)
        enough = sum(due) <= left or (short == "part-fund" and left >= max(1, policy["floor_cents"]))
        won = passed and enough and not full
        stopped = stopped or (passed and not enough and not full and short == "stop")
        awarded = cut(due, left) if won else []
        laureates, left = laureates + won, left - sum(awarded)
        spare |= {zones: spare[zones] - won for zones in within}
        outcome = "laureate" if won else "waitlisted" if passed else "declined"
        place = {"id": one["id"], "rank": rank, "score": one["score"], "tie_break": one["ties"]}
        yield place | {"outcome": outcome, "awarded_cents": awarded}
def cut(years: list[int], most: int) -> list[int]:  # in proportion; lost cents go to the earliest years cut
    parts = [year * most // max(most, sum(years), 1) for year in years]
    lost = min(most, sum(years)) - sum(parts)
    for place in [place for place, part in enumerate(parts) if part < years[place]][:lost]:
        parts[place] += 1
    return parts
def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", default="", help="the platform's key, in base64")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="one that was kept")
    parser.add_argument("--skip", action="append", default=[], choices=CHECKS, help="a check to leave out")
    options = parser.parse_args()
    export = Export(options.folder, options.key, options.checkpoint)
    parts = (export.lying, export.sealing, export.approvals, export.scores, export.ranking, export.money)
    found = [finding for part in parts for finding in part() if finding[0] not in options.skip]
    print("".join(f"{ascii(': '.join(one))[1:-1]}\n" for one in found), end="")  # it commands no terminal
    print(f"{len(export.events)} events, {len(export.checkpoints)} checkpoints signed with {export.key!a}")
    print(f"{len(found)} findings of: {', '.join(check for check in CHECKS if check not in options.skip)}")
    return 1 if found else 0
if __name__ == "__main__":
    raise SystemExit(main())
