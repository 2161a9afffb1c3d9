"""Which facts hold personal data, and so leave the log when a person is erased; which texts stay, and why.

`docs/personal-data.md` tells it to people. A test walks every fact: a text that is in neither table fails it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.contract.event import Event

# What each of them is about a person by; the whole message goes.
ERASED: Mapping[type[Event], tuple[str, ...]] = MappingProxyType(
    {
        f.CandidatureSubmitted: (
            "holder.representative",
            "holder.email",
            "holder.phone",
            "holder.public_key",
            "place.address",
            "project",
        ),
        f.AddressConfirmed: ("token",),
        f.PiecesCompleted: ("pieces",),
        f.WithdrawalRequested: ("reason",),
        f.AgreementSigned: ("signatory",),
        f.GrantRefused: ("reason",),
        f.ReportSubmitted: ("activity", "lines.label"),
        f.StateAidDeclared: ("aids.granted_by",),
        f.RecoveryAnswered: ("observations",),
        f.MessageSent: ("said",),
        f.StepReported: ("said",),
        f.CommonShared: ("title", "url", "about"),
        f.AppealFiled: ("grounds",),
        f.ReviewSubmitted: ("comment", "comments"),
        f.BankDetailsProvided: ("sealed",),
        b.CandidatureImported: ("submission",),
    }
)
ERASED_TYPES = frozenset(kind.event_type() for kind in ERASED)
ERASED_PUBLISHERS = frozenset(kind.publisher for kind in ERASED)

# Texts of the facts that stay, by their path in it: none is about the person whose candidature it is.
KEPT: Mapping[str, str] = MappingProxyType(
    {
        "email": "a reviewer's, for their letters, as an officer registered it: it stays as the register does",
        "reason": "why an officer decided, or a reviewer stood back: it explains the decision",
        "strengths": "of a project, as an officer lets it be told: it names nobody",
        "weaknesses": "of a project, as an officer lets it be told: it names nobody",
        "argument.strengths": "of a project, as an officer lets it be told: it names nobody",
        "argument.weaknesses": "of a project, as an officer lets it be told: it names nobody",
        "reasons.field": "the name of a field",
        "reasons.message": "a sentence of ours; an officer's own, where one decided",
        "evidence": "where the place lies, by the data that were looked at",
        "evidence.*": "where the place lies, by the data that were looked at",
        "legal_name": "the legal person, which the law has published",
        "siret": "the legal person, which the law has published",
        "place_name": "the place, which the law has published",
        "laureate.legal_name": "the legal person, which the law has published",
        "laureate.place_name": "the place, which the law has published",
        "public_key": "tells nobody, once it is not known whose it is",
        "receipt_number": "a number of ours",
        "addressee": "a number of ours",
        "order_id": "a number of ours",
        "notice_id": "a number of ours",
        "letter_id": "a place in the log",
        "cause_id": "a place in the log",
        "stream": "a place in the log",
        "streams.stream": "a place in the log",
        "places.stream": "a place in the log",
        "services": "names of ours",
        "platform": "a name of ours",
        "subject": "a place in the log",
        "submission": "a place in the log",
        "consumer": "a name of ours",
        "version": "a name of ours",
        "files.name": "a name of ours",
        "grid": "a name of the programme",
        "criteria": "names of the programme",
        "reviews.marks": "names of the programme",
        "argument.cutoffs.zone": "a name of the programme",
        "act": "a word of ours",
        "work.act": "a word of ours",
        "work.of": "a dossier, a wave or a number of ours",
        "work.receipt_number": "a number of ours",
        "work.detail": "a sentence of ours on what waits",
        "missing": "words of ours",
        "status": "a word of ours",
        "tranches.status": "a word of ours",
        "template": "a word of ours",
        "result": "a word of ours",
        "cause": "a word of ours",
        "needs": "words of the programme",
        "title": "a meeting's, as the programme's agenda has it",
        "place": "a meeting's, as the programme's agenda has it",
        "support_needs": "words of the programme",
        "offers": "words of the programme",
        "met": "words of the programme",
        "returned": "words of the programme",
        "shared": "words of the programme",
        "steps": "words of the programme",
        "step": "words of the programme",
        "owner": "a word of ours",
        "state": "a word of ours",
        "peers": "candidatures",
        "answer_due_on": "a day",
        "bank_reference": "the bank's number of a payment",
        "reason_code": "the bank's word",
        "reference": "the number of the bank's letter",
        "lines.bank_reference": "the bank's number of a payment",
        "lines.end_to_end_id": "a number of ours",
        "lines.file_id": "a name of ours",
        "lines.position": "a place in the bank's file",
        "lines.reason_code": "the bank's word",
    }
)
