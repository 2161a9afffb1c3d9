"""What a service answers by request and reply: JSON object in, JSON object out. Events change things, questions do not.

A question that is refused answers `{"error": code, "message": French sentence}`.
"""

from dataclasses import dataclass, field
from typing import Any

ID = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"


@dataclass(frozen=True, slots=True)
class Question:
    """`request` is an example of what is sent; the subject is `<programme>.ask.<service>.<name>`."""

    service: str
    name: str
    purpose: str
    request: dict[str, Any] = field(default_factory=dict)


DOSSIER = {"candidature_id": ID}
QUESTIONS = (
    Question("intake", "dossier", "the public status of one dossier, with its receipt", DOSSIER),
    Question("intake", "calendar", "the waves: when each opens and closes, how many dossiers it registered"),
    Question("intake", "summary", "how many sendings were registered, refused and why, withdrawn, repeated"),
    Question(
        "eligibility",
        "check",
        "a dry run: would this place be eligible, and why not",
        {"commune_code": "03310", "latitude": 46.12, "longitude": 3.42, "declared_qpv": None},
    ),
    Question("eligibility", "instructions", "the dossiers that wait for an officer's word on their territory"),
    Question("eligibility", "reviews", "who reviews a dossier, who has answered, what is missing", DOSSIER),
    Question("eligibility", "summary", "how many dossiers are eligible, ineligible, in instruction, scored"),
    Question("funding", "wave", "a wave: its state, what is missing, its proposal and approvals", {"wave": "2020-4"}),
    Question("funding", "verify", "what the separate verifier finds against a wave's list", {"wave": "2020-4"}),
    Question(
        "funding",
        "ranking",
        "a page of a wave's list, in rank order, with what each place came from",
        {"wave": "2020-4", "after": 0, "limit": 250},
    ),
    Question("funding", "grants", "a page of grants with their accounts and tranches", {"after": None, "limit": 100}),
    Question("funding", "why", "why a candidature came out as it did, and what would have changed it", DOSSIER),
    Question("funding", "payments", "the payment run that waits for approval, and what is still to be ordered"),
    Question(
        "funding",
        "reports",
        "a page of grants' yearly reports: expected, overdue; of one `receipt_number`, their tables",
        {"overdue": True, "after": None, "limit": 100},
    ),
    Question("funding", "verify", "what the separate verifier finds against a wave's proposal", {"wave": "2020-4"}),
    Question("funding", "sealing-key", "the public key that bank details are sealed to"),
    Question("funding", "summary", "laureates by zone, money committed and paid, tranches, the verifier's answer"),
    Question("notify", "summary", "how many notices were sent, and how far support has come"),
    Question("notify", "support", "one laureate's support plan", DOSSIER),
)


def questions_of(service: str) -> tuple[Question, ...]:
    return tuple(question for question in QUESTIONS if question.service == service)
