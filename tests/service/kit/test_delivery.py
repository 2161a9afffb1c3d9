"""What is known of a delivery comes from the broker's own words, and its time from the event."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from shared.contract.subjects import FROM_FRONT_ENDS
from shared.kit.clock import Clock
from shared.kit.delivery import REHEARSAL_HEADER, Delivery, in_order_said
from shared.kit.errors import Rejected

STAMP = 1_606_000_000_123_456_789
SHORT = f"$JS.ACK.FRONTDESK.intake-on-frontdesk.3.42.7.{STAMP}.0"
LONG = f"$JS.ACK._.ACCOUNTHASH.FRONTDESK.intake-on-frontdesk.3.42.7.{STAMP}.0.token"
DOSSIER = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
SUBJECT = f"fabriques.frontdesk.holders.candidature.submitted.v1.{DOSSIER}"
OURS = f"fabriques.intake.candidature.withdrawn.v1.{DOSSIER}"
TOLD = "2020-11-03T10:00:00+01:00"


@dataclass
class Wire:
    reply: str = SHORT
    subject: str = SUBJECT
    data: bytes = b"{}"
    headers: dict[str, str] | None = field(default=None)


def delivery(stream: str = "FRONTDESK", **headers: str) -> Delivery:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery.of(Wire(SHORT.replace("FRONTDESK", stream), subject_in(stream), headers=told))


def subject_in(stream: str) -> str:
    publisher = stream.lower()
    return (SUBJECT if publisher in FROM_FRONT_ENDS else OURS).replace("frontdesk", publisher, 1)


@pytest.mark.parametrize("reply", [SHORT, LONG])
def test_both_forms_of_the_brokers_reply_subject_are_read(reply: str) -> None:
    found = Delivery.of(Wire(reply))
    assert (found.stream, found.consumer, found.attempt, found.sequence, found.stamped_ns) == (
        "FRONTDESK",
        "intake-on-frontdesk",
        3,
        42,
        STAMP,
    )


def test_the_subject_tells_the_type_and_the_dossier() -> None:
    found = delivery()
    assert found.event_type == "frontdesk.candidature.submitted.v1"
    assert found.dossier == "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
    assert found.letter_id == "intake-on-frontdesk-42"
    assert found.front_end == "holders"
    assert found.arrival(Clock(rehearsal=False)).subject == SUBJECT.replace(".holders.", ".")


@pytest.mark.parametrize("stream", ["FRONTDESK", "BANKING", "BACKOFFICE"])
def test_nobody_outside_chooses_the_id_their_event_is_known_by(stream: str) -> None:
    """A front-end that reuses another's `ce-id` would otherwise make that event look heard before."""
    assert delivery(stream, ce_id="chosen").event_id == delivery(stream).event_id
    assert delivery("INTAKE", ce_id="ours").event_id == "ours"


def test_the_time_of_what_comes_from_outside_is_the_brokers_stamp_whatever_a_front_end_wrote() -> (
    None
):
    arrival = delivery(ce_time="1999-01-01T00:00:00Z").arrival(Clock(rehearsal=False))
    assert arrival.now == datetime.fromtimestamp(STAMP / 1e9, UTC)


def test_the_time_of_what_follows_is_that_of_its_cause() -> None:
    assert delivery("INTAKE", ce_time=TOLD).arrival(
        Clock(rehearsal=False)
    ).now == datetime.fromisoformat(TOLD)


def test_production_does_not_look_at_the_time_the_annual_job_tells() -> None:
    """A word that is said once for ever must not be lost for what stands beside it."""
    stamp = datetime.fromtimestamp(STAMP / 1e9, UTC)
    for told in (TOLD, "garbage"):
        assert (
            delivery("TRANCHES", Fabriques_Time=told).arrival(Clock(rehearsal=False)).now == stamp
        )
    assert delivery("TRANCHES", Fabriques_Time=TOLD).arrival(
        Clock(rehearsal=True)
    ).now == datetime.fromisoformat(TOLD)


@pytest.mark.parametrize("stream", ["FRONTDESK", "BANKING", "BACKOFFICE"])
def test_a_rehearsals_time_is_honoured_in_a_rehearsal_and_refused_in_production(
    stream: str,
) -> None:
    told = delivery(stream, Fabriques_Time=TOLD)
    assert told.arrival(Clock(rehearsal=True)).now == datetime.fromisoformat(TOLD)
    with pytest.raises(Rejected, match="rehearsal platform only"):
        told.arrival(Clock(rehearsal=False))


@pytest.mark.parametrize(
    "written", ["yesterday", "2020-11-03T10:00:00", "", "2020-13-03T10:00:00Z"]
)
def test_a_time_that_cannot_be_read_or_has_no_zone_is_refused(written: str) -> None:
    with pytest.raises(Rejected, match=r"instant|zone"):
        Delivery.of(Wire(headers={REHEARSAL_HEADER: written})).arrival(Clock(rehearsal=True))


@pytest.mark.parametrize(
    "subject", ["", "x", "a.b", "....", "fabriques.frontdesk.candidature.submitted.v2.x"]
)
def test_no_subject_at_all_raises(subject: str) -> None:
    found = Delivery.of(Wire(subject=subject))
    assert isinstance(found.event_type, str)
    assert isinstance(found.dossier, str)


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1492-10-12T00:00:00Z"]
)
def test_a_time_no_row_could_keep_is_refused(written: str) -> None:
    with pytest.raises(Rejected, match="outside the years"):
        Delivery.of(Wire(headers={REHEARSAL_HEADER: written})).arrival(Clock(rehearsal=True))


@pytest.mark.parametrize("written", ["x" * 81, "Camille Exemple", "a@b.fr", "", "é"])
def test_a_correlation_id_that_is_no_short_token_is_not_carried_on(written: str) -> None:
    """It is copied to every fact that follows: it may hold nobody's name, nor more than a row can."""
    arrival = delivery(ce_correlationid=written, traceparent=written).arrival(
        Clock(rehearsal=False)
    )
    assert arrival.correlation_id == arrival.event_id
    assert arrival.traceparent is None


@pytest.mark.parametrize(
    "written",
    [
        "4bf92f3577b34da6a3ce929d0e0e4736",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-" + "a" * 60_000,
        "٠٠-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ],
)
def test_a_trace_in_no_form_that_is_known_is_none(written: str) -> None:
    came = delivery(traceparent=written)
    assert came.arrival(Clock(rehearsal=False)).traceparent is None
    assert "traceparent" not in came.kept_headers


def test_the_thread_of_a_trace_is_carried_on() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    arrival = delivery("INTAKE", ce_correlationid="case-12", traceparent=trace).arrival(
        Clock(rehearsal=False)
    )
    assert (arrival.correlation_id, arrival.traceparent) == ("case-12", trace)


def test_a_front_ends_own_word_is_no_thread_and_our_own_is() -> None:
    """What has no space may still be somebody's account number."""
    front_end, ours = (
        delivery(stream, ce_correlationid="case-12") for stream in ("FRONTDESK", "INTAKE")
    )
    assert front_end.arrival(Clock(rehearsal=False)).correlation_id == front_end.event_id
    assert ours.arrival(Clock(rehearsal=False)).correlation_id == "case-12"


@pytest.mark.parametrize(
    "publisher, token, told",
    [
        ("frontdesk", "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11", True),
        ("funding", "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11-T2", True),
        ("backoffice", "2020-4", True),
        ("backoffice", "run-2021-02-14", True),
        ("frontdesk", "2020-4", False),
        ("frontdesk", "FR7630006000011234567890189", False),
        ("banking", "FR7630006000011234567890189", False),
        ("backoffice", "FR7630006000011234567890189", False),
        ("backoffice", "fr76-3000-6000-0112-3456-7890-189", False),
        ("intake", "é€", False),
    ],
)
def test_a_word_that_is_no_id_is_told_by_its_place_in_the_log(
    publisher: str, token: str, told: bool
) -> None:
    subject = f"fabriques.{publisher}.candidature.submitted.v1.{token}"
    found = Delivery.of(Wire(subject=subject))
    assert found.told_dossier == (token if told else "FRONTDESK-42")
    assert found.told_subject == subject.replace(token, found.told_dossier)


def test_a_rehearsal_lives_by_its_own_time_alone() -> None:
    clock = Clock(rehearsal=True)
    clock.advance(datetime.fromisoformat(TOLD))
    assert delivery().arrival(clock).now == datetime.fromisoformat(TOLD)


def stored(stream: str, sequence: int, stamped_ns: int) -> Delivery:
    return Delivery.of(
        Wire(f"$JS.ACK.{stream}.service-on-{stream.lower()}.1.{sequence}.{sequence}.{stamped_ns}.0")
    )


def test_events_of_several_streams_are_taken_in_the_order_they_were_said() -> None:
    front, intake = (
        (stored("FRONTDESK", 1, 10), stored("FRONTDESK", 2, 40)),
        (stored("INTAKE", 1, 20),),
    )
    assert in_order_said([*intake, *front]) == [front[0], intake[0], front[1]]


def test_within_a_stream_the_order_stays_as_fetched_even_where_the_brokers_clock_went_back() -> (
    None
):
    first, second, other = (
        stored("FRONTDESK", 1, 50),
        stored("FRONTDESK", 2, 30),
        stored("INTAKE", 1, 40),
    )
    assert in_order_said([first, second, other]) == [other, first, second]


FITTING = {"ce_type": "intake.candidature.withdrawn.v1", "ce_source": "/fabriques/intake"}


def test_one_of_our_own_facts_is_believed_where_its_type_and_source_fit() -> None:
    delivery("INTAKE", **FITTING).require_origin()
    delivery("FRONTDESK").require_origin()


@pytest.mark.parametrize(
    "told",
    [
        {},
        {**FITTING, "ce_type": "funding.grant.awarded.v1"},
        {**FITTING, "ce_source": "/fabriques/eligibility"},
        {**FITTING, "Nats_Subject": "fabriques.intake.candidature.withdrawn.v1.another"},
    ],
    ids=[
        "the broker's answer",
        "another type",
        "another service",
        "a copy that the broker gave out",
    ],
)
def test_what_a_reply_subject_put_among_our_facts_is_believed_by_nobody(
    told: dict[str, str],
) -> None:
    with pytest.raises(Rejected):
        delivery("INTAKE", **told).require_origin()


def test_nobody_outside_ties_their_event_to_anothers_correlation() -> None:
    """The contact of a dossier is changed by the sending that the counter accepted, and told by that id."""
    forged = delivery("FRONTDESK", ce_correlationid="of-another").arrival(Clock(rehearsal=False))
    assert forged.correlation_id == forged.event_id
    assert (
        delivery("INTAKE", ce_correlationid="its-own")
        .arrival(Clock(rehearsal=False))
        .correlation_id
        == "its-own"
    )
