"""An IBAN put wherever a front-end can write stays where it was put: nobody else reads it, anywhere."""

from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import MetaData, select

from shared.contract.event import Event
from shared.contract.frontdesk import (
    BankDetailsProvided,
    CandidatureSubmitted,
    PiecesCompleted,
    ReviewRecused,
    ReviewSubmitted,
    WithdrawalRequested,
)
from shared.contract.subjects import STATUS_STREAM
from shared.contract.topology import SERVICES
from shared.kit.storage.database import open_engine
from tests.logs import logs_on
from tests.platform import Platform
from tests.submissions import OPEN_DAY, candidature_id, submission

CANARY = "FR7630006000011234567890189"
NORWEGIAN = "no9386011117947"  # fits where the French one is too long
READ_BY_OTHERS = ("INTAKE", "ELIGIBILITY", "FUNDING", "NOTIFY", "DEAD_LETTERS", STATUS_STREAM)
# What was sent, as it was sent: the file at the counter, the event that waits, and the act that signs it.
AS_SENT = {"dossiers.content", "waiting.body", "waiting.headers", "waiting.waits_for"}
Sent = tuple[str, type[Event], str, object, dict[str, str]]


def in_keys() -> Iterator[Sent]:
    dossier, body = submission()
    yield "holders", CandidatureSubmitted, dossier, {**body, CANARY: CANARY}, {}
    dossier, body = submission()
    yield (
        "holders",
        CandidatureSubmitted,
        dossier,
        {**body, "holder": {**body["holder"], CANARY: 1}},
        {},
    )
    for key in (CANARY, CANARY.lower()):
        dossier = candidature_id()
        yield (
            "holders",
            PiecesCompleted,
            dossier,
            {"candidature_id": dossier, "pieces": {key: "x"}},
            {},
        )
        review = {
            "candidature_id": dossier,
            "reviewer_id": "r-1",
            "marks": {key: 300},
            "comment": "x",
        }
        yield "reviewers", ReviewSubmitted, dossier, review, {}
        review["marks"] = {key: 10}
        yield "reviewers", ReviewSubmitted, dossier, review, {}
    yield "holders", WithdrawalRequested, dossier, f'{{"{CANARY}": 1, "{CANARY}": 2}}'.encode(), {}


def in_values() -> Iterator[Sent]:
    for name in (
        "holder__siret",
        "holder__email",
        "holder__phone",
        "holder__legal_form",
        "place__commune_code",
    ):
        dossier, body = submission(**{name: CANARY})
        yield "holders", CandidatureSubmitted, dossier, body, {}
    for name in (
        "place__kinds",
        "place__latitude",
        "budget__requested_cents",
        "project__support_needs",
    ):
        dossier, body = submission(**{name: [CANARY]})
        yield "holders", CandidatureSubmitted, dossier, body, {}
    dossier, body = submission(project__summary=f"our account is {CANARY}")
    yield "holders", CandidatureSubmitted, dossier, body, {}
    yield (
        "holders",
        PiecesCompleted,
        dossier,
        {"candidature_id": dossier, "pieces": {CANARY.lower(): "x"}},
        {},
    )
    yield "holders", WithdrawalRequested, dossier, f"not JSON {CANARY}".encode(), {}
    yield "holders", WithdrawalRequested, dossier, {"candidature_id": CANARY, "reason": "x"}, {}
    recusal = {"candidature_id": dossier, "reviewer_id": CANARY, "reason": "x"}
    yield "reviewers", ReviewRecused, dossier, recusal, {}


def in_subjects() -> Iterator[Sent]:
    for event in (CandidatureSubmitted, WithdrawalRequested, PiecesCompleted, BankDetailsProvided):
        for token in (CANARY, NORWEGIAN):
            yield "holders", event, token, {"candidature_id": token, "reason": "x"}, {}


def in_headers() -> Iterator[Sent]:
    for header in (
        "ce-id",
        "ce-correlationid",
        "ce-time",
        "traceparent",
        "Fabriques-Signature",
        "X-Account",
    ):
        dossier, body = submission()
        yield "holders", CandidatureSubmitted, dossier, body, {header: CANARY}
        early = candidature_id()
        # A signature is kept with the event that waits, to be checked when its time comes.
        if header != "Fabriques-Signature":
            yield (
                "holders",
                WithdrawalRequested,
                early,
                {"candidature_id": early, "reason": "x"},
                {header: CANARY},
            )
    dossier, body = submission()
    yield "holders", CandidatureSubmitted, dossier, body, {"Fabriques-Time": CANARY}
    yield "holders", CandidatureSubmitted, dossier, body, {"Nats-Msg-Id": CANARY}


async def test_an_account_number_stays_where_its_sender_put_it(
    platform: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    with logs_on("services", level="debug"):
        async with platform.running(*SERVICES):
            await _say_it_everywhere(platform)
            stored = [message for name in READ_BY_OTHERS for message in await platform.stored(name)]
    assert len(stored) > 40
    assert [message for message in stored if _is_told(message)] == []
    assert list(_columns(platform)) == []
    lines = "".join(capfd.readouterr()).splitlines()
    assert len([line for line in lines if "candidature refused" in line]) > 3, "the logs are on"
    assert [line for line in lines if _is_told(line)] == []


async def _say_it_everywhere(platform: Platform) -> None:
    for identity, event, dossier, body, headers in (
        *in_keys(),
        *in_values(),
        *in_subjects(),
        *in_headers(),
    ):
        at = None if "Fabriques-Time" in headers else OPEN_DAY
        await platform.publish(identity, event, dossier, body, at=at, headers=headers)
    await platform.ask("intake", "dossier", candidature_id=CANARY)
    for service in SERVICES * 2:  # what one says the next one hears
        await platform.idle(service)
    assert await platform.dead_letters(12)


def _is_told(anything: object) -> bool:
    text = str(anything).lower()
    return CANARY.lower() in text or NORWEGIAN in text


def _columns(platform: Platform) -> Iterator[str]:
    """Where a row of any service tells it, other than in the body itself."""
    for service in SERVICES:
        engine = open_engine(platform.settings.database_url(service))
        metadata = MetaData()
        metadata.reflect(engine)
        with engine.connect() as connection:
            for table in metadata.sorted_tables:
                for row, column in product(connection.execute(select(table)), table.columns):
                    if str(column) not in AS_SENT and _is_told(row._mapping[column]):
                        yield str(column)
        engine.dispose()
