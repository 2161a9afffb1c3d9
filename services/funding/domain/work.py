"""What waits for an officer of the selection or of the money: the act that ends it, on what, since when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from services.funding.domain.money import state_aid
from services.funding.domain.states import (
    Account,
    Anomaly,
    Appeal,
    Grant,
    Order,
    Recovery,
    Report,
    Run,
    StateAid,
    Takeover,
    Tranche,
    WaveState,
)
from shared.contract import backoffice as acts
from shared.contract.work import Work
from shared.french import day
from shared.programme import Programme
from shared.value import value


@value
class Kept:
    """The states somebody may have to decide on; `grants` and `receipts` are by dossier.

    Appeals are those filed, reports those sent in, recoveries those announced, runs those not exported yet,
    tranches those the bank refused or gave back, `pending` orders those that no run has taken.
    `half_said` are labels of before the platform that one person has said. Officers are told by their names
    where `named` says so.
    """

    programme: Programme
    now: datetime
    receipts: Mapping[str, str]
    grants: Mapping[str, Grant]
    named: bool = True
    waves: Sequence[WaveState] = ()
    appeals: Sequence[Appeal] = ()
    accounts: Sequence[Account] = ()
    reports: Sequence[Report] = ()
    aids: Sequence[StateAid] = ()
    recoveries: Sequence[Recovery] = ()
    tranches: Sequence[Tranche] = ()
    pending: Sequence[Order] = ()
    in_doubt: Sequence[Order] = ()
    runs: Sequence[Run] = ()
    anomalies: Sequence[Anomaly] = ()
    half_said: Sequence[Takeover] = ()


def work(kept: Kept) -> Iterator[Work]:
    yield from _of_waves(kept)
    yield from _of_takeovers(kept)
    yield from _of_grants(kept)
    yield from _of_payments(kept)


def _of_waves(kept: Kept) -> Iterator[Work]:
    needed = kept.programme.selection.approvals
    for wave in kept.waves:
        if wave.state == "ranked":
            detail = f"classement à approuver, approbations : {len(wave.approvals)} sur {needed}"
            yield Work(acts.WaveApproved, wave.wave, detail)
    for appeal in kept.appeals:
        detail = _of_appeal(appeal, kept.programme.local_day(kept.now), kept.named)
        yield _of_dossier(
            kept,
            acts.AppealDecided,
            appeal.candidature_id,
            detail,
            appeal.filed_at,
        )


def _of_takeovers(kept: Kept) -> Iterator[Work]:
    """One line for each person who spoke alone, however long their file was."""
    by_person: dict[str, list[Takeover]] = {}
    for said in kept.half_said:
        by_person.setdefault(said.words[0]["actor"], []).append(said)
    for number, (person, alone) in enumerate(by_person.items(), start=1):
        of = person if kept.named else str(number)
        who = f"que {person} est seul" if kept.named else "qu'une personne est seule"
        detail = f"labels antérieurs {who} à dire : {len(alone)}"
        since = min(said.said_at for said in alone)
        yield Work(acts.LaureateImported, f"laureates-by-{of}", detail, since)


def _of_appeal(appeal: Appeal, today: date, named: bool) -> str:
    """Late, silence has rejected it: its holder waits for an answer all the same."""
    limit = f"EN RETARD : la réponse était due le {day(appeal.answer_by)}"
    if today <= appeal.answer_by:
        limit = f"à trancher avant le {day(appeal.answer_by)}"
    if not appeal.officer_id:
        return f"recours {limit}, confié à personne"
    by = appeal.officer_id if named else "quelqu'un"
    return f"recours {limit}, préparé par {by}"


def _of_grants(kept: Kept) -> Iterator[Work]:
    for account in latest(kept.accounts):
        if _lives(kept, account.candidature_id) and account.trusted_at is None:
            yield _of_account(kept, account)
    for report in kept.reports:
        detail = f"bilan de l'année {report.year}, version {report.version}"
        yield _of_dossier(
            kept,
            acts.ReportAccepted,
            report.candidature_id,
            detail,
            report.submitted_at,
        )
    for aid in kept.aids:
        if _above_the_ceiling(kept, aid):
            detail = "aides de minimis au-dessus du plafond"
            yield _of_dossier(
                kept,
                acts.StateAidDecided,
                aid.candidature_id,
                detail,
                aid.declared_at,
            )
    for recovery in kept.recoveries:
        if _may_be_decided(kept, recovery):
            detail = f"reversement n° {recovery.number} annoncé"
            since = recovery.answered_at or recovery.intended_at
            yield _of_dossier(
                kept,
                acts.RecoveryDecided,
                recovery.candidature_id,
                detail,
                since,
            )


def latest(accounts: Sequence[Account]) -> list[Account]:
    """The account of each grant that counts: earlier ones prove what was paid."""
    of_grant: dict[str, Account] = {}
    for account in accounts:
        known = of_grant.get(account.candidature_id)
        if known is None or account.sequence > known.sequence:
            of_grant[account.candidature_id] = account
    return list(of_grant.values())


def _of_account(kept: Kept, account: Account) -> Work:
    """The first look is a call to the holder; a new account is looked at by a second officer too."""
    if account.verified_at is None:
        detail = f"compte {account.fingerprint} à vérifier auprès du porteur"
        return _of_dossier(
            kept,
            acts.BankDetailsVerified,
            account.candidature_id,
            detail,
            account.provided_at,
        )
    by = f" par {account.verified_by}" if kept.named else ""
    detail = f"nouveau compte {account.fingerprint}, vérifié{by}, à confirmer par quelqu'un d'autre"
    return _of_dossier(
        kept,
        acts.BankDetailsConfirmed,
        account.candidature_id,
        detail,
        account.verified_at,
    )


def _above_the_ceiling(kept: Kept, aid: StateAid) -> bool:
    grant = kept.grants.get(aid.candidature_id)
    if grant is None or grant.state == "cancelled" or aid.allowed is not None:
        return False
    return state_aid.closed_by(kept.programme, grant, aid) is not None


def _may_be_decided(kept: Kept, recovery: Recovery) -> bool:
    """The holder has answered, or had the time to."""
    return (
        recovery.answered_at is not None or kept.programme.local_day(kept.now) > recovery.answer_by
    )


def _lives(kept: Kept, candidature_id: str) -> bool:
    grant = kept.grants.get(candidature_id)
    return grant is not None and grant.state != "cancelled"


def _of_payments(kept: Kept) -> Iterator[Work]:
    # What falls due while a run is open waits for the next: the accountant sees the list that was approved.
    if kept.pending and not kept.runs:
        since = min(order.ordered_at for order in kept.pending)
        detail = f"ordres de paiement à approuver : {len(kept.pending)}"
        yield Work(acts.PaymentsApproved, "un nouveau lot", detail, since)
    for run in kept.runs:
        if run.state == "opened":
            detail = f"ordres de paiement : {run.orders}, approbations : {len(run.approvals)} sur 2"
            yield Work(acts.PaymentsApproved, run.run_id, detail, run.opened_at)
        elif run.state == "approved":
            detail = f"ordres approuvés, à envoyer à la banque : {run.orders}"
            yield Work(acts.PaymentsExportRequested, run.run_id, detail, run.opened_at)
    for order in kept.in_doubt:
        detail = "la banque laisse en doute si ce virement est payé"
        receipt = kept.receipts.get(order.candidature_id, "")
        yield Work(
            acts.PaymentDeclared,
            order.order_id,
            detail,
            order.ordered_at,
            receipt,
        )
    for line in kept.anomalies:
        detail = f"ligne {line.line} de la banque : {line.kind}"
        yield Work(acts.BankLineExamined, line.statement_id, detail)
    for tranche in kept.tranches:
        detail = f"tranche {tranche.number} rejetée ou rendue par la banque"
        receipt = kept.receipts.get(tranche.candidature_id, "")
        yield Work(
            acts.TrancheRetried,
            tranche.tranche_id,
            detail,
            tranche.since,
            receipt,
        )


def _of_dossier(
    kept: Kept,
    act: type[acts.OfficerAct],
    candidature_id: str,
    detail: str,
    since: datetime | None,
) -> Work:
    return Work(
        act,
        candidature_id,
        detail,
        since,
        kept.receipts.get(candidature_id, ""),
    )
