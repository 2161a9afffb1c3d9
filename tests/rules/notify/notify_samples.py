"""One notice of every template, as the rules make them, for one laureate who does not exist."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Notice, Recipient
from services.notify.domain.proof import Proof
from services.notify.letters.mime import as_mail
from services.notify.letters.writer import Letter, Writer
from shared.programme import Programme, load_programme
from shared.reference.communes import load_communes
from tests.conftest import SHIPPED_PROGRAMME

PROGRAMME: Programme = load_programme(SHIPPED_PROGRAMME)
PROOF = Proof(bytes(32))
WRITER = Writer(PROGRAMME, load_communes(), PROOF, "https://portail.example/proof")
DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
NOTICE = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c99"
AT = datetime(2021, 2, 15, 9, 0, tzinfo=UTC)
AWARDED_AT = "2021-02-15T10:00:00+01:00"
REASONS = [["first", "Première raison, <b>lisible</b>."], ["second", "Seconde raison."]]
AWARD = {
    "wave": "2020-4",
    "zone": "outside-urban",
    "awarded_cents": [5_000_000] * 3,
    "awarded_at": AWARDED_AT,
}
NEEDS = {"needs": ["business-model", "governance"], "wave": "2020-4", "awarded_at": AWARDED_AT}
ORDER = {"number": 2, "amount_cents": 5_000_000, "order_id": "FABT-2020-4-00012-T2-A1"}

ARGUMENT = {
    "ranked": 251,
    "score": 1350,
    "marks": {"ambition": 350, "anchoring": 350, "governance": 325, "business_model": 325},
    "cutoffs": [
        {"zone": "outside-urban", "places": 38, "laureates": 38, "rank": 75, "score": 1450}
    ],
    "score_needed": 1451,
    "called_to_rank": None,
}

MEETING = {
    "gathering": "rencontre-2022",
    "title_of_meeting": "Rencontre annuelle des Fabriques",
    "starts_on": "2022-06-16",
    "ends_on": "2022-06-17",
    "meeting_place": "Paris",
    "revision": 0,
    "is_changed": False,
}
PEER = {
    "peer": "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c12",
    "peer_place": "Le Moulin",
    "peer_holder": "SCIC Le Moulin",
    "commune_code": "63113",
}
DIGESTS: dict[str, Recipient] = {"review_news": "reviewer", "work_waiting": "team"}
CONTEXTS: dict[str, dict[str, Any]] = {
    "receipt": {
        "received_at": "2020-12-29T10:11:12+01:00",
        "answer_due_on": "2021-02-28",
        "wave": "2020-4",
        "version": 1,
        "receipt_number": "FABT-2020-4-00012",
    },
    "pieces_requested": {
        "missing": ["governance", "business_model"],
        "complete_before": "2020-12-31T00:00:00+01:00",
        "received_at": "2020-12-20T09:05:00+01:00",
        "reopened": False,
    },
    "deadline_moved": {
        "wave": "2020-4",
        "deadline": "2021-01-09T00:00:00+01:00",
        "answer_due_on": "2021-03-08",
        "complete": True,
        "reopened": False,
    },
    "refused": {"reasons": REASONS},
    "already_registered": {"first_receipt": "FABT-2020-4-00007"},
    "eligible": {"zones": ["outside-urban", "qpv"], "reasons": REASONS, "wave": "2020-4"},
    "ineligible": {"zones": [], "reasons": REASONS, "wave": "2020-4"},
    "instruction_requested": {"reasons": REASONS},
    "awarded": AWARD,
    "promoted": AWARD,
    "waitlisted": {"wave": "2020-4", "rank": 76, "reasons": REASONS, "argument": ARGUMENT},
    "declined": {"wave": "2020-4", "rank": 120, "reasons": REASONS, "argument": ARGUMENT},
    "appeal_rejected": {"wave": "2020-4", "reasons": REASONS},
    "appeal_received": {
        "wave": "2020-4",
        "received_at": "2021-03-01T09:00:00+01:00",
        "answer_by": "2021-05-01",
    },
    "appeal_refused": {"wave": "2020-4", "reasons": REASONS},
    "appeal_upheld": {"wave": "2020-4", "reasons": REASONS},
    "appeal_without_grant": {"wave": "2020-4", "reasons": REASONS},
    "agreed": {
        "schedule": [["2021-05-15", 5_000_000], ["2022-05-15", 5_000_050]],
        "parties": [
            {"side": "holder", "name": "portal", "public_key": None, "signed_at": AWARDED_AT},
            {
                "side": "state",
                "name": "durand",
                "public_key": "B" * 43 + "=",
                "signed_at": AWARDED_AT,
            },
        ],
    },
    "tranche_ordered": ORDER,
    "tranche_settled": ORDER | {"bank_reference": "B-1"},
    "tranche_withheld": {
        "number": 2,
        "reasons": [
            ["report-missing", "Le bilan manque."],
            ["bank-details-missing", "Pas de compte vérifié."],
        ],
        "since": "2022-05-15T08:00:00+02:00",
    },
    "tranche_rejected": ORDER | {"reason_code": "AC04", "came_back": False},
    "tranche_offset": {"number": 2, "amount_cents": 1_234_567, "left_cents": 3_765_433},
    "account_refused": {"reasons": [["account-in-xpf", "Ce compte est en francs Pacifique."]]},
    "withdrawn": {"wave": "2020-4"},
    "cancelled": {"reasons": REASONS, "freed_cents": 10_000_000, "wave": "2020-4"},
    "erased": {
        "email": "contact@passerelle.example",
        "representative": "Camille Exemple",
        "receipt": "",
    },
    "recovery_opened": {
        "number": 1,
        "amount_cents": 1_234_567,
        "answer_by": "2022-01-31",
        "reasons": REASONS,
    },
    "recovery_ordered": {"amount_cents": 1_234_567, "reasons": REASONS, "observed": True},
    "recovery_closed": {"recovered_cents": 1_000_000, "waived_cents": 234_567},
    "moved": {"front_end": "holders", "has_key": True},
    "account_received": {"replaces": True, "received_at": "2021-03-01T09:00:00+01:00"},
    "account_trusted": {"payable_from": "2021-03-09"},
    "held": {"reasons": REASONS, "since": "2021-03-01T09:00:00+01:00"},
    "released": {},
    "amended": {
        "kind": "extension",
        "schedule": [["2022-02-14", 5_000_000], ["2023-08-14", 0]],
        "reasons": REASONS,
    },
    "report_expected": {
        "year": 1,
        "due_on": "2023-01-17",
        "days_left": 30,
        "opens_on": "2023-02-14",
    },
    "report_received": {"year": 1, "version": 2, "received_at": "2023-01-10T09:00:00+01:00"},
    "report_approved": {"year": 1},
    "report_sent_back": {
        "year": 1,
        "reasons": [["report-returned", "Les écarts ne sont pas expliqués."]],
        "due_on": "2023-01-17",
    },
    "support_opened": NEEDS
    | {
        "plan": [
            ["first-interview", "", "team", "2021-04-16"],
            ["need-governance", "governance", "association", "2021-10-13"],
            ["need-communication", "communication", "holder", "2021-10-13"],
            ["peers", "", "mentor", "2021-06-15"],
        ]
    },
    "steps_agreed": {"plan": [["need-communication", "communication", "holder", "2021-10-13"]]},
    "steps_late": {
        "plan": [["need-communication", "communication", "holder", "2021-10-13"]],
        "ours": [["need-governance", "governance", "association", "2021-10-13"]],
    },
    "introduction": NEEDS,
    "invitation": MEETING,
    "invitation_cancelled": MEETING | {"revision": 1, "is_changed": True},
    "review_news": {
        "day": "2021-02-14",
        "asked": 2,
        "given": 1,
        "reminded": 1,
        "released": [["0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c12", "late"]],
        "left": 2,
        "to_read": [
            ["0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11", "03310", "2021-02-14"],
            ["0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c13", "63113", "2021-03-07"],
        ],
    },
    "work_waiting": {
        "day": "2021-02-15",
        "count": 60,
        "work": [
            {
                "act": "appeal.decided",
                "of": "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11",
                "receipt_number": "FABT-2020-4-00012",
                "since": "2021-02-01T09:00:00Z",
                "detail": "recours à trancher avant le 1er\u00a0avril\u00a02021, confié à personne",
            },
            {
                "act": "wave.approved",
                "of": "2020-4",
                "receipt_number": "",
                "since": None,
                "detail": "classement à approuver, approbations : 1 sur 2",
            },
        ],
        "silent": [["funding", "2021-02-12"]],
    },
    "peers": PEER
    | {
        "is_helped": True,
        "is_asked": True,
        "needs": ["governance"],
        "offers": ["legal"],
        "shared": [],
        "distance_km": 31,
        "by_video": False,
        "instead_of": "La Ruche",
    },
    "peer_agreed": PEER
    | {"peer_name": "Dominique Exemple", "peer_email": "contact@moulin.example"},
    "peer_ended": {"peer": PEER["peer"], "peer_place": "Le Moulin", "was_agreed": True},
    "relayed": PEER
    | {
        "peer_name": "Dominique Exemple",
        "said": "Bonjour,\nComment avez-vous financé votre atelier ?",
        "answers_to": "contact@moulin.example",
    },
    "peer_lapsed": {"peer": PEER["peer"], "peer_place": "Le Moulin", "has_answered": False},
}

# Other things that the same letters say, each as a change of its sample.
VARIANTS: tuple[tuple[str, dict[str, Any]], ...] = (
    *((name, {}) for name in sorted(CONTEXTS)),
    ("receipt", {"version": 2}),
    ("receipt", {"answer_due_on": "2021-03-08"}),
    ("pieces_requested", {"reopened": True}),
    ("deadline_moved", {"complete": False}),
    ("deadline_moved", {"reopened": True}),
    ("deadline_moved", {"reopened": True, "complete": False}),
    ("refused", {"receipt": ""}),
    ("refused", {"receipt": "", "reasons": REASONS[:1]}),
    ("refused", {"reasons": [["change-too-late", "La vague 2020-4 est close."]]}),
    (
        "refused",
        {"receipt": "", "reasons": [["no-open-wave", "Aucune vague ne prend de dossier."]]},
    ),
    ("eligible", {"zones": ["qpv"], "reasons": []}),
    ("ineligible", {"reasons": [], "wave": "2021-1"}),
    ("awarded", {"awarded_cents": [5_000_000, 5_000_000, 0]}),
    ("waitlisted", {"wave": "2021-3", "reasons": []}),
    ("waitlisted", {"argument": None}),
    ("declined", {"wave": "2021-3", "rank": None, "argument": None}),
    (
        "declined",
        {"argument": ARGUMENT | {"strengths": ["Le lieu vit."], "weaknesses": ["Peu d'accès."]}},
    ),
    ("agreed", {"schedule": [["2021-05-15", 5_000_000]]}),
    ("amended", {"kind": "reduction"}),
    ("amended", {"kind": "final-balance", "schedule": []}),
    ("appeal_without_grant", {"wave": "2021-3"}),
    ("cancelled", {"freed_cents": 0, "reasons": []}),
    ("recovery_opened", {"reasons": []}),
    ("recovery_ordered", {"observed": False}),
    ("recovery_closed", {"waived_cents": 0}),
    ("recovery_closed", {"recovered_cents": 0}),
    ("tranche_rejected", {"came_back": True, "reason_code": "ZZ99"}),
    ("tranche_withheld", {"reasons": [["cooling-off", "Le compte est récent."]]}),
    ("account_received", {"replaces": False}),
    ("moved", {"has_key": False}),
    ("report_expected", {"days_left": -3, "opens_on": None}),
    ("report_expected", {"days_left": 0}),
    ("report_received", {"version": 1}),
    ("report_approved", {"year": 3}),
    ("report_sent_back", {"year": 3}),
    ("report_sent_back", {"due_on": None}),
    ("support_opened", {"needs": []}),
    ("introduction", {"needs": []}),
    ("invitation", {"is_changed": True, "ends_on": "2022-06-16"}),
    ("invitation", {"starts_on": "2022-06-30", "ends_on": "2022-07-01"}),
    ("peers", {"is_asked": False, "offers": [], "instead_of": "", "by_video": True}),
    ("peers", {"is_helped": False, "needs": [], "distance_km": 0}),
    ("peers", {"needs": [], "offers": [], "shared": ["legal"]}),
    ("peer_ended", {"was_agreed": False}),
    ("peer_ended", {"peer_place": ""}),
    ("review_news", {"asked": 1, "given": 0, "reminded": 0, "released": [], "left": 300}),
    (
        "review_news",
        {"asked": 0, "given": 3, "reminded": 0, "released": [], "left": 0, "to_read": []},
    ),
    ("work_waiting", {"count": 1, "work": CONTEXTS["work_waiting"]["work"][:1], "silent": []}),
)


def a_contact(**changes: Any) -> Contact:
    fields: dict[str, Any] = {
        "candidature_id": DOSSIER,
        "heard_id": "FRONTDESK-000000000001-1",
        "sending_id": "FRONTDESK-000000000001-1",
        "email": "contact@passerelle.example",
        "representative": "Camille Exemple",
        "legal_name": "Association La Passerelle",
        "place_name": "La Passerelle",
        "needs": ("business-model", "governance"),
        "commune_code": "03310",
        "latitude": 46.12,
        "longitude": 3.42,
        "receipt_number": "FABT-2020-4-00012",
        "proven": ("contact@passerelle.example",),
    }
    return Contact(**fields | changes)


def a_notice(template: str, **changes: Any) -> Notice:
    if template in DIGESTS:
        context = CONTEXTS[template] | changes
        return Notice(
            NOTICE, "", template, DIGESTS[template], "cause", AT, context, person_id="anna"
        )
    recipient: Recipient = "association" if template == "introduction" else "holder"
    return Notice(NOTICE, DOSSIER, template, recipient, "cause", AT, CONTEXTS[template] | changes)


def mail_of(letter: Letter) -> EmailMessage:
    read = email.message_from_bytes(
        as_mail(letter, PROGRAMME, NOTICE, AT).content, policy=email.policy.default
    )
    assert isinstance(read, EmailMessage)
    return read


def as_read(text: str) -> str:
    """On one line, each space an ordinary one."""
    return " ".join(text.replace("\u00a0", " ").split())
