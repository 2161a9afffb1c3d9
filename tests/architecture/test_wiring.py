"""The table of the bus, the services and the contract say the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faststream import AckPolicy

from deploy.local.keys.identities import make_keys
from shared.contract import EVENTS, Event, OutsideEvent
from shared.contract.asked import SignedAsked
from shared.contract.audience import readers_of, writers_of
from shared.contract.documents import example_file, schema_file
from shared.contract.people import MAY_READ
from shared.contract.permissions import IDENTITIES, inbox_of
from shared.contract.questions import QUESTIONS, questions_for, questions_of
from shared.contract.subjects import question_subject
from shared.contract.topology import (
    HEARS,
    PROCESSES,
    SERVICES,
    STREAMS,
    all_durables,
    durables_of,
    stream_kind,
)
from shared.kit.bus.subscriber import EXPIRES_SECONDS, FETCH_BYTES_MAX, AdaptivePullSubscriber
from shared.kit.handled import ATTEMPTS_MAX
from shared.kit.service import Service
from shared.kit.settings import Settings
from tests.conftest import SHIPPED_PROGRAMME
from tests.contracts.test_golden_schemas import models_in
from tests.platform import build_of
from tests.stored import stream_holding

NAMES_BYTES_MAX = 1_000  # of a subject and a reply, which the broker counts to what is fetched

PERSONAL = {
    "representative",
    "email",
    "phone",
    "iban",
    "bic",
    "account_holder",
    "address",
    "signatory",
}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service as it is built, connected to nothing."""
    make_keys(tmp_path / "keys")
    settings = Settings(home=tmp_path, programme_file=SHIPPED_PROGRAMME, rehearsal=True)
    built = build_of(request.param)(settings)
    yield built
    built.consumer.work.engine.dispose()


def pulls(service: Service) -> list[Any]:
    return [sub for sub in service.broker.subscribers if isinstance(sub, AdaptivePullSubscriber)]


def test_every_durable_of_the_table_has_one_subscriber_and_no_other_is_there(
    service: Service,
) -> None:
    declared = {(sub.stream.name, sub.config.durable_name) for sub in pulls(service)}
    assert declared == {(durable.stream, durable.name) for durable in durables_of(service.name)}
    assert len(pulls(service)) == len(declared)


def test_every_subscriber_states_its_ack_policy_and_declares_no_stream(service: Service) -> None:
    """FastStream's default rejects on an error, and a stream named by a reader would be reset by it."""
    for sub in pulls(service):
        assert sub.ack_policy is AckPolicy.MANUAL
        assert sub.stream.declare is False
        assert sub.extra_options["inbox_prefix"] == f"{inbox_of(service.name)}.".encode()


def test_every_fact_a_service_hears_has_a_reaction(service: Service) -> None:
    for event in HEARS[service.name]:
        found, reaction = service.consumer.decider.reactions.find(event.event_type())
        assert found is event
        assert callable(reaction.decide)


def test_every_question_a_service_answers_is_in_the_document_and_no_other(service: Service) -> None:
    prefix = question_subject(service.programme, service.name, "")
    asked = {
        sub.subject.template for sub in service.broker.subscribers if sub not in pulls(service)
    }
    answered = {subject.removeprefix(prefix) for subject in asked if subject.startswith(prefix)}
    words = {
        word
        for question in questions_of(service.name)
        for word in (question.name, question.own_as)
        if word
    }
    assert answered == words


def test_each_question_is_in_the_table_once_and_granted_by_name() -> None:
    names = [(question.service, question.name) for question in QUESTIONS]
    assert len(names) == len(set(names))
    assert all(question.asked_by for question in QUESTIONS)


def test_a_holder_may_ask_for_a_place_what_is_public_and_a_key_and_the_annual_job_for_readiness_alone() -> (
    None
):
    of_holders = {(question.service, question.name) for question in questions_for("holders")}
    assert of_holders == {
        ("intake", "check"),
        ("intake", "dossier"),
        ("intake", "file"),
        ("intake", "attachment"),
        ("intake", "calendar"),
        ("eligibility", "check"),
        ("funding", "laureates"),
        ("funding", "impact"),
        ("funding", "file-reports"),
        ("funding", "sealing-key"),
        ("notify", "directory"),
        ("notify", "documents"),
        ("notify", "document"),
        ("notify", "my-support"),
        ("notify", "commons"),
    }
    assert {question.name for question in questions_for("tranche-job")} == {"ready"}
    of_reviewers = [(question.service, question.name) for question in questions_for("reviewers")]
    assert of_reviewers == [
        ("intake", "calendar"),  # names the platform
        ("intake", "file"),
        ("intake", "attachment"),
        ("eligibility", "file-reviews"),
        ("eligibility", "my-reviews"),
        ("eligibility", "decided"),
        ("eligibility", "people"),
    ]


def test_whatever_reads_a_dossier_is_signed_and_has_its_readers_in_the_table_of_roles() -> None:
    signed = {f"{one.service}.{one.name}" for one in QUESTIONS if issubclass(one.kind, SignedAsked)}
    assert signed == set(MAY_READ)
    assert all(MAY_READ.values())


def test_only_operators_act_on_dead_letters() -> None:
    acts = [question for question in QUESTIONS if question.name in ("redrive", "discard")]
    assert len(acts) == 2 * len(SERVICES)
    assert {question.asked_by for question in acts} == {("operators",)}


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_every_fact_has_a_writer_a_schema_and_an_example(event: type[Event]) -> None:
    assert writers_of(event, "fabriques")
    assert schema_file(event).exists()
    assert example_file(event).exists()


def test_what_comes_from_outside_is_heard_by_somebody() -> None:
    outside = [event for event in EVENTS.values() if issubclass(event, OutsideEvent)]
    assert [event.__name__ for event in outside if not readers_of(event, "fabriques")] == []


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_nobodys_personal_data_is_in_what_we_say(event: type[Event]) -> None:
    """It stays in FRONTDESK, BANKING and paper files: so a person can be erased and the decisions kept."""
    if not issubclass(event, OutsideEvent):
        for where, model in models_in(event):
            assert not PERSONAL & set(model.model_fields), where


def test_a_front_end_says_only_what_is_checked_as_coming_from_outside() -> None:
    front_ends = set(IDENTITIES) - set(PROCESSES) - {"provisioner", "operators", "tranche-job"}
    for event in EVENTS.values():
        if front_ends & set(writers_of(event, "fabriques")):
            assert issubclass(event, OutsideEvent), event.__name__


def test_one_durable_for_each_service_and_stream_with_a_name_that_is_a_sentence() -> None:
    places = [(durable.service, durable.stream) for durable in all_durables()]
    assert len(places) == len(set(places))
    for durable in all_durables():
        assert durable.name == f"{durable.service}-on-{durable.stream.lower()}"
        assert all(
            stream_kind(event.publisher).is_kind_of(durable.stream) for event in durable.hears
        )


def test_there_is_a_limit_on_everything_and_the_limits_fit_together() -> None:
    for durable in all_durables():
        assert 0 < durable.batch_max <= durable.ack_pending_max
        assert durable.ack_wait_seconds > EXPIRES_SECONDS
        assert durable.deliveries_max == -1 or durable.deliveries_max > ATTEMPTS_MAX
    for stream in STREAMS:
        assert stream.dedup_seconds == (0.1 if stream.outside else 3600)
        assert 0 < stream.message_bytes_max <= 1_000_000 < FETCH_BYTES_MAX - NAMES_BYTES_MAX
        assert (stream.bytes_max > 0) == bool(set(stream.written_by) - {*PROCESSES}), stream.name


def test_no_two_streams_take_the_same_subject() -> None:
    subjects = [subject for stream in STREAMS for subject in stream.subjects("fabriques")]
    assert len(subjects) == len(set(subjects))
    said_by_both = {"SUPPORT_ASSOCIATION"}  # what the association may say, officers may
    held = {stream_holding(event) for event in EVENTS.values()}
    assert held | said_by_both == {stream.name for stream in STREAMS}
