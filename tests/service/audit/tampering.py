"""Each kind of tampering with a sealed export and its chains; each returns the place where it is found."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from nacl.signing import SigningKey

from deploy.keeper.chain import End, beginning, canonical, digest_of, links
from shared.contract.documents import example_of
from shared.contract.intake import CandidatureErased
from tests.people import roots
from tests.service.audit.season import Sealed, append, end_of

Tamper = Callable[[Sealed], str]


def change(sealed: Sealed, stream: str, place: int, **what: Any) -> None:
    messages = sealed.log[stream]
    messages[place - 1] = replace(messages[place - 1], **what)


def place_of(sealed: Sealed, stream: str, words: str, nth: int = 0) -> int:
    found = [message.sequence for message in sealed.log[stream] if words in message.subject]
    return found[nth]


def say_otherwise(sealed: Sealed, stream: str, words: str, **fields: Any) -> str:
    """The first such fact, as if a changed database had said it. Returns its place."""
    place = place_of(sealed, stream, words)
    said = json.loads(sealed.log[stream][place - 1].body) | fields
    change(sealed, stream, place, body=json.dumps(said).encode())
    return f"{stream} {place}:"


# Who has the export has no key. `chain()` is what somebody does who changes the log before the keeper
# reads it, or holds the platform's key.


def a_bit_in_a_body(sealed: Sealed) -> str:
    change(sealed, "NOTIFY", 3, body=sealed.log["NOTIFY"][2].body[:-1] + b" }")
    return "NOTIFY 3:"


def an_event_replaced_with_its_digest(sealed: Sealed) -> str:
    change(sealed, "NOTIFY", 3, body=b"{}")
    link = sealed.chains["NOTIFY"][2]
    digest = digest_of(link.salt or b"", sealed.log["NOTIFY"][2].headers, b"{}")
    sealed.chains["NOTIFY"][2] = replace(link, digest=digest)
    return "NOTIFY 3:"


def a_chain_written_anew(sealed: Sealed) -> str:
    change(sealed, "NOTIFY", 30, body=b"{}")
    checkpoints = sealed.checkpoints
    sealed.chain_of("NOTIFY")
    sealed.checkpoints = checkpoints
    return f"NOTIFY up to {len(sealed.log['NOTIFY'])}:"


def a_fact_dropped(sealed: Sealed) -> str:
    del sealed.log["NOTIFY"][3]
    sealed.chain_without_holes()
    return "NOTIFY 5:"


def two_facts_swapped(sealed: Sealed) -> str:
    messages = sealed.log["NOTIFY"]
    messages[3:5] = [messages[4], messages[3]]
    sealed.chain_without_holes()
    return "NOTIFY 5:"


def a_fact_put_in(sealed: Sealed) -> str:
    sealed.log["NOTIFY"].insert(4, replace(sealed.log["NOTIFY"][9], sequence=4))
    sealed.chain_without_holes()
    return "NOTIFY 4:"


def a_fact_gone_before_the_keeper_came(sealed: Sealed) -> str:
    del sealed.log["NOTIFY"][3]
    sealed.chain()
    return "NOTIFY 4:"


def a_checkpoint_forged(sealed: Sealed) -> str:
    forged = SigningKey(b"\6" * 32).sign(b"whatever").signature
    sealed.checkpoints[-1]["signature"] = base64.b64encode(forged).decode()
    return "checkpoint 2:"


def the_whole_log_written_anew_with_the_platforms_key(sealed: Sealed) -> str:
    change(sealed, "NOTIFY", 3, body=b"{}")
    sealed.chain()
    return "checkpoint 2:"


def a_fact_erased_without_a_word(sealed: Sealed) -> str:
    place = place_of(sealed, "FRONTDESK_HOLDERS", "candidature.submitted")
    del sealed.log["FRONTDESK_HOLDERS"][place - 1]
    chain = sealed.chains["FRONTDESK_HOLDERS"]
    chain[place - 1] = replace(chain[place - 1], salt=None)
    return f"FRONTDESK_HOLDERS {place}:"


def erased(sealed: Sealed, stream: str, words: str) -> int:
    """Says that the dossier of the first such fact was erased. Returns the place of that fact."""
    place = place_of(sealed, stream, words)
    dossier = sealed.log[stream][place - 1].subject.rpartition(".")[2]
    said = CandidatureErased.model_validate(example_of(CandidatureErased))
    append(sealed.log, "INTAKE", said.model_copy(update={"candidature_id": dossier}))
    return place


def take_out(sealed: Sealed, stream: str, place: int) -> None:
    del sealed.log[stream][place - 1]
    sealed.chains[stream][place - 1] = replace(sealed.chains[stream][place - 1], salt=None)


def a_decision_taken_out_as_if_its_person_had_said_it(sealed: Sealed) -> str:
    place = erased(sealed, "FUNDING", "grant.agreed")
    sealed.chain()
    take_out(sealed, "FUNDING", place)
    return f"FUNDING {place}:"


def a_fact_erased_on_a_word_that_no_checkpoint_covers(sealed: Sealed) -> str:
    """Whoever has the export can write on after the last checkpoint, without any key."""
    place = erased(sealed, "FRONTDESK_HOLDERS", "candidature.submitted")
    chain = sealed.chains["INTAKE"]
    chain += links("INTAKE", end_of(chain), sealed.log["INTAKE"])
    take_out(sealed, "FRONTDESK_HOLDERS", place)
    return f"FRONTDESK_HOLDERS {place}:"


def no_checkpoint_at_all(sealed: Sealed) -> str:
    sealed.checkpoints = []
    return "checkpoints.jsonl:"


def an_event_that_reaches_over_the_next_place(sealed: Sealed) -> str:
    """By the platform's key: the chain has no hole where one is."""
    del sealed.log["NOTIFY"][3]
    sealed.chain_without_holes()
    end, chain = beginning(roots().platform, "NOTIFY"), sealed.chains["NOTIFY"]
    for at, link in enumerate(chain):
        through = 4 if link.sequence == 3 else link.sequence
        said = [link.stream, link.sequence, through, link.stamped_ns, link.event_id, link.subject]
        head = sha256(end.head + canonical([*said, link.digest.hex()])).digest()
        chain[at] = replace(link, through=through, head=head)
        end = End(through, head)
    sealed.seal()
    return "NOTIFY 3:"


def a_fact_written_on_after_the_last_checkpoint(sealed: Sealed) -> str:
    """Whoever has the export can, without any key: the chain has no secret."""
    said = sealed.log["NOTIFY"][-1]
    sealed.log["NOTIFY"].append(replace(said, sequence=said.sequence + 1))
    chain = sealed.chains["NOTIFY"]
    chain += links("NOTIFY", end_of(chain), sealed.log["NOTIFY"][-1:])
    return f"NOTIFY {said.sequence + 1}:"


# Which check finds it.
TAMPERING: dict[Tamper, str] = {
    a_bit_in_a_body: "digests",
    an_event_replaced_with_its_digest: "chains",
    a_chain_written_anew: "heads",
    a_fact_dropped: "places",
    two_facts_swapped: "places",
    a_fact_put_in: "places",
    a_fact_gone_before_the_keeper_came: "places",
    a_checkpoint_forged: "seals",
    the_whole_log_written_anew_with_the_platforms_key: "witnesses",
    a_fact_erased_without_a_word: "erasures",
    a_fact_erased_on_a_word_that_no_checkpoint_covers: "erasures",
    a_decision_taken_out_as_if_its_person_had_said_it: "erasures",
    a_fact_written_on_after_the_last_checkpoint: "tails",
    no_checkpoint_at_all: "seals",
    an_event_that_reaches_over_the_next_place: "places",
}
# What the auditor has beside the export, or allows.
OPTIONS: dict[Tamper, tuple[str, ...]] = {
    the_whole_log_written_anew_with_the_platforms_key: ("--checkpoint", "kept.json"),
    a_fact_erased_on_a_word_that_no_checkpoint_covers: ("--skip", "tails"),
}
