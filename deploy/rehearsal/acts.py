"""What holders, reviewers and officers write about one candidature: each act is a value, ready to be said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from deploy.rehearsal import words
from deploy.rehearsal.applicants import Applicant, Marks
from deploy.rehearsal.clients import Saying
from services.funding.bank.sealing import seal
from services.notify.domain.proof import Proof
from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.contract.event import Event
from shared.contract.values import Role

INSTRUCTORS = ("instructrice-01", "instructeur-02")
REVIEWERS = tuple(f"relecteur-{number:02d}" for number in range(1, 25))
COMMENTED_BELOW = 5  # whatever the programme asks for below a mark, it has
DIRECTORS = ("directrice-01", "directeur-02")
PARTNER = "accompagnatrice-01"  # she works for the association
PAYERS = (("ordonnatrice-01", Role.AUTHORISING_OFFICER), ("comptable-01", Role.ACCOUNTANT))


def submission(applicant: Applicant) -> Saying:
    key = applicant.signing_key
    return Saying("holders", f.CandidatureSubmitted, applicant.candidature_id, applicant.file, key)


def paper(applicant: Applicant, received_at: str) -> Saying:
    """A paper file that an officer types in."""
    said = {"received_at": received_at, "submission": applicant.file}
    return officer(
        b.CandidatureImported, applicant.candidature_id, "Dossier reçu par courrier.", said
    )


def moved(applicant: Applicant) -> Saying:
    """The holder goes on with a paper file at the counter."""
    said = {"front_end": "holders", "public_key": applicant.file["holder"]["public_key"]}
    return officer(
        b.CandidatureMoved, applicant.candidature_id, "Le porteur poursuit en ligne.", said
    )


def address_confirmed(candidature_id: str, email: str, proof: Proof) -> Saying:
    """The holder opens the link of the first letter."""
    body = {"candidature_id": candidature_id, "token": proof.code(candidature_id, email)}
    return Saying("holders", f.AddressConfirmed, candidature_id, body)


def holder(event: type[Event], applicant: Applicant, said: Mapping[str, Any]) -> Saying:
    body = {"candidature_id": applicant.candidature_id, **said}
    return Saying("holders", event, applicant.candidature_id, body, applicant.signing_key)


def pieces(applicant: Applicant, given: Mapping[str, str]) -> Saying:
    return holder(f.PiecesCompleted, applicant, {"pieces": dict(given)})


def withdrawal(applicant: Applicant, reason: str) -> Saying:
    return holder(f.WithdrawalRequested, applicant, {"reason": reason})


def agreement(applicant: Applicant) -> Saying:
    """One in sixteen wants nothing to do with the association."""
    consents = not applicant.candidature_id.endswith("f")
    signatory = applicant.file["holder"]["representative"]
    return holder(
        f.AgreementSigned, applicant, {"signatory": signatory, "association_consent": consents}
    )


def bank_details(applicant: Applicant, iban: str, sealing_key: str) -> Saying:
    details = {"iban": iban, "bic": None, "account_holder": applicant.file["holder"]["legal_name"]}
    return holder(f.BankDetailsProvided, applicant, {"sealed": seal(sealing_key, details)})


def counted(indicators: Sequence[str], granted_cents: int) -> dict[str, int]:
    """The first indicator of a programme counts the most."""
    return {
        name: granted_cents // (100_000 * place**2)
        for place, name in enumerate(indicators, start=1)
    }


def report(applicant: Applicant, year: int, indicators: Sequence[str]) -> Saying:
    granted = applicant.file["budget"]["requested_cents"][year - 1]
    staff = granted * 6 // 10
    rest = granted * 4 // 10
    lines = [
        {"label": "Salaires", "planned_cents": staff, "spent_cents": staff},
        {"label": "Équipement et animation", "planned_cents": rest, "spent_cents": rest - 12_345},
    ]
    activity = (
        f"Année {year} : le lieu a ouvert chaque semaine,"
        " ses ateliers et formations ont fait salle comble."
    )
    said = {
        "year": year,
        "activity": activity,
        "lines": lines,
        "indicators": counted(indicators, granted),
    }
    # Some find out that they need something else.
    if year == 1 and applicant.candidature_id.endswith("0"):
        said["support_needs"] = [*applicant.file["project"]["support_needs"], "community"]
    return holder(f.ReportSubmitted, applicant, said)


def review(applicant: Applicant, reviewer: str, marks: Marks) -> Saying:
    body = {
        "candidature_id": applicant.candidature_id,
        "reviewer_id": reviewer,
        "marks": marks,
        "comment": words.REVIEW_COMMENT,
        "comments": {
            name: words.LOW_MARK for name, mark in marks.items() if mark < COMMENTED_BELOW
        },
    }
    return Saying(
        "reviewers", f.ReviewSubmitted, applicant.candidature_id, body, signed_by=reviewer
    )


def recusal(applicant: Applicant, reviewer: str) -> Saying:
    reason = "La relectrice siège au conseil du lieu."
    body = {"candidature_id": applicant.candidature_id, "reviewer_id": reviewer, "reason": reason}
    return Saying("reviewers", f.ReviewRecused, applicant.candidature_id, body, signed_by=reviewer)


def officer(
    event: type[Event],
    dossier: str,
    reason: str,
    said: Mapping[str, Any] | None = None,
    actor: tuple[str, Role] = (INSTRUCTORS[0], Role.INSTRUCTOR),
) -> Saying:
    """An act of the back office: its author, its reason, and what it says of the dossier."""
    person, role = actor
    body = {
        event.dossier_field: dossier,
        "actor": {"id": person, "role": role.value},
        "reason": reason,
    }
    return Saying("officers", event, dossier, {**body, **(said or {})}, signed_by=person)


def partner(event: type[Event], dossier: str, reason: str, said: Mapping[str, Any]) -> Saying:
    """The same of the association, through its own front-end."""
    act = officer(event, dossier, reason, said, (PARTNER, Role.ASSOCIATION))
    return replace(act, identity="association")


def reviewer(name: str) -> Saying:
    """Who may be drawn: nobody here is tied to a holder."""
    return officer(
        b.ReviewerRegistered,
        name,
        "Vivier des relecteurs.",
        {"ties": [], "email": f"{name}@relecteurs.example"},
    )


def territory(candidature_id: str, zones: Sequence[str], qpv_code: str | None) -> Saying:
    reason = "Périmètre vérifié sur la carte." if zones else "Le plan montre un lieu de métropole."
    said = {"zones": list(zones), "qpv_code": qpv_code if zones else None}
    return officer(b.TerritoryDecided, candidature_id, reason, said)


def wave_approvals(wave: str, digest: str) -> list[Saying]:
    """Two different officers approve exactly what they saw."""
    said = {"digest": digest}
    reason = "Avis conforme du comité."
    return [
        officer(b.WaveApproved, wave, reason, said, (director, Role.DIRECTOR))
        for director in DIRECTORS
    ]


def appeal_decided(candidature_id: str, reason: str, *, upheld: bool) -> Saying:
    return directed(b.AppealDecided, candidature_id, reason, {"upheld": upheld})


def directed(event: type[Event], dossier: str, reason: str, said: Mapping[str, Any]) -> Saying:
    return officer(event, dossier, reason, said, (DIRECTORS[0], Role.DIRECTOR))


def offset(candidature_id: str, tranche_id: str, cents: int) -> Saying:
    """What is owed is kept back from a tranche, by the accountant."""
    said = {"candidature_id": candidature_id, "amount_cents": cents}
    return officer(b.RecoveryOffset, tranche_id, "Retenue sur la tranche à venir.", said, PAYERS[1])


def verification(candidature_id: str, fingerprint: str) -> Saying:
    said = {"fingerprint": fingerprint}
    reason = "Compte confirmé par téléphone avec le porteur."
    return officer(b.BankDetailsVerified, candidature_id, reason, said)


def confirmation(candidature_id: str, fingerprint: str) -> Saying:
    """A second person looks at a change of account."""
    said = {"fingerprint": fingerprint}
    second = (INSTRUCTORS[1], Role.INSTRUCTOR)
    return officer(
        b.BankDetailsConfirmed, candidature_id, "Changement de compte confirmé.", said, second
    )


def report_accepted(candidature_id: str, year: int, version: int = 1) -> Saying:
    return officer(
        b.ReportAccepted, candidature_id, "Rapport complet.", {"year": year, "version": version}
    )


def report_returned(candidature_id: str, year: int) -> Saying:
    said = {"year": year, "version": 1}
    return officer(b.ReportReturned, candidature_id, "Les écarts ne sont pas expliqués.", said)


def run_approval(run_id: str, seen: Mapping[str, Any], payer: int) -> Saying:
    """The authorising officer (0), then the accountant (1), each for the list as it was seen."""
    said = {name: seen[name] for name in ("orders", "total_cents", "digest")}
    return officer(b.PaymentsApproved, run_id, "Mise en paiement.", said, PAYERS[payer])


def export_request(run_id: str, run: Mapping[str, Any]) -> Saying:
    said = {"digest": run["digest"]}
    return officer(b.PaymentsExportRequested, run_id, "Envoi à la banque.", said, PAYERS[1])


def statement(statement_id: str, reason: str, said: Mapping[str, Any]) -> Saying:
    """What the bank answered, as the accountant imports it."""
    return officer(b.BankStatementReceived, statement_id, reason, said, PAYERS[1])


def run_name(day: date) -> str:
    return f"paiement-{day.isoformat()}"
