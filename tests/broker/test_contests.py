"""Two front-ends bring the same project: an officer decides whose it is, and neither learns of the other."""

from typing import Any

from deploy.local.rebuilding.replay import replay
from deploy.uploading import upload
from shared.contract.answers import AnswerAlreadyRegistered, AnswerContested, AnswerRefused
from shared.contract.backoffice import ContestDecided
from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.intake import CandidatureRegistered, CandidatureWithdrawn, WaveClosed
from tests.attached import PDF, as_said, attached
from tests.broker.two_front_ends import PORTAL, Ears
from tests.copies import lose
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission


def act(dossier: str, **said: Any) -> dict[str, Any]:
    actor = {"id": "officer-1", "role": "instructor"}
    return {
        "candidature_id": dossier,
        "actor": actor,
        "reason": "Le bail est au nom du second.",
        **said,
    }


async def contested(counters: Platform) -> tuple[str, str]:
    """The thief files first under another's SIRET; the true holder comes second, from another front-end."""
    first, body = submission()
    second, _ = submission()
    await counters.publish(PORTAL, CandidatureSubmitted, first, body, at=OPEN_DAY)
    await counters.idle("intake")
    await counters.publish(
        "holders", CandidatureSubmitted, second, {**body, "candidature_id": second}, at=OPEN_DAY
    )
    await counters.fact(AnswerContested, second)
    return first, second


async def test_who_files_first_under_anothers_siret_keeps_nothing_once_an_officer_looks(
    counters: Platform,
) -> None:
    """Attack 4: the true holder got `already-registered` and the thief's receipt, the thief the grant."""
    ears = await Ears(counters, "holders").open()
    async with counters.running("intake"):
        first, second = await contested(counters)
        receipt = (await counters.fact(CandidatureRegistered, first)).data["receipt_number"]
        assert await ears.verbs(second) == ["contested"]
        assert not {receipt, first} & {
            str(told) for _, said in ears.heard for told in said.values()
        }
        [contest] = (await counters.ask("intake", "contests"))["contests"]
        assert (contest["candidature_id"], contest["against"]["candidature_id"]) == (second, first)
        await counters.publish(
            "officers", ContestDecided, second, act(second, upheld=True), at=OPEN_DAY
        )
        registered = await counters.fact(CandidatureRegistered, second)
        assert registered.data["receipt_number"] != receipt
        await counters.fact(CandidatureWithdrawn, first)
        told = await counters.fact(AnswerRefused, first)
        assert (told.subject.split(".")[2], told.data["reasons"][0]["code"]) == (
            PORTAL,
            "contest-upheld",
        )
        assert (await counters.ask("intake", "contests"))["contests"] == []
        await counters.idle("intake")
    assert await ears.verbs(second) == ["contested", "registered"]


async def test_a_dry_run_tells_neither_whose_project_it_is_nor_what_became_of_anothers_dossier(
    counters: Platform,
) -> None:
    dossier, body = submission()
    other, _ = submission()
    same = {**body, "candidature_id": other}
    async with counters.running("intake"):
        await counters.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        receipt = (await counters.fact(CandidatureRegistered, dossier)).data["receipt_number"]
        own = await counters.ask_as("holders", "intake", "check", **same)
        others = await counters.ask_as(PORTAL, "intake", "check", **same)
        assert (own["would_be"], others["would_be"]) == ("already-registered", "contested")
        assert receipt not in str(others)
        assert dossier not in str(others)
        assert await counters.ask_as(PORTAL, "intake", "check", **body) == others, (
            "an id that fits is told no more"
        )
        withdrawal = {"candidature_id": dossier, "reason": "Retrait."}
        await counters.publish("holders", WithdrawalRequested, dossier, withdrawal, at=OPEN_DAY)
        await counters.fact(CandidatureWithdrawn, dossier)
        own = await counters.ask_as("holders", "intake", "check", **body)
        assert [reason["code"] for reason in own["reasons"]] == ["withdrawn"]
        assert (await counters.ask_as(PORTAL, "intake", "check", **body))["reasons"] == []


async def test_a_contest_that_is_not_upheld_changes_nothing_for_the_first(
    counters: Platform,
) -> None:
    async with counters.running("intake"):
        first, second = await contested(counters)
        await counters.publish(
            "officers", ContestDecided, second, act(second, upheld=False), at=OPEN_DAY
        )
        told = await counters.fact(AnswerRefused, second)
        assert (told.subject.split(".")[2], told.data["reasons"][0]["code"]) == (
            "holders",
            "contest-rejected",
        )
        await counters.idle("intake")
        assert (await counters.ask("intake", "dossier", candidature_id=first))[
            "status"
        ] == "registered"
    assert await counters.facts(CandidatureRegistered, second) == []


async def test_a_contest_upheld_after_the_wave_is_closed_comes_too_late(counters: Platform) -> None:
    async with counters.running("intake"):
        first, second = await contested(counters)
        dossier, late = submission()
        await counters.publish(
            PORTAL, CandidatureSubmitted, dossier, late, at="2020-12-31T09:00:00+01:00"
        )
        await counters.fact(WaveClosed, "2020-4")
        await counters.publish(
            "officers", ContestDecided, second, act(second, upheld=True), at="2020-12-31T10:00:00Z"
        )
        await counters.fact(AnswerRefused, second)
        assert (await counters.ask("intake", "dossier", candidature_id=first))[
            "status"
        ] == "registered"


async def test_the_same_front_end_is_told_the_receipt_of_its_own_first_file(
    counters: Platform,
) -> None:
    """The control: within one front-end a second id is a mistake, and no contest."""
    first, body = submission()
    second, _ = submission()
    async with counters.running("intake"):
        await counters.publish(PORTAL, CandidatureSubmitted, first, body, at=OPEN_DAY)
        await counters.publish(
            PORTAL, CandidatureSubmitted, second, {**body, "candidature_id": second}, at=OPEN_DAY
        )
        known = await counters.fact(AnswerAlreadyRegistered, second)
        registered = await counters.fact(CandidatureRegistered, first)
        assert known.data["receipt_number"] == registered.data["receipt_number"]
        assert (await counters.ask("intake", "contests"))["contests"] == []


async def test_a_database_made_anew_decides_a_contest_with_files_that_only_its_answer_tells(
    counters: Platform,
) -> None:
    """The answer and the examination lie in two streams: nothing tells their order."""
    first, body = submission()
    second, other = submission()
    other["holder"]["siret"] = body["holder"]["siret"]
    other["attachments"] = as_said(attached())
    async with counters.running("intake"):
        await counters.publish("holders", CandidatureSubmitted, first, body, at=OPEN_DAY)
        await counters.fact(CandidatureRegistered, first)
        await upload(await counters.connect(PORTAL), second, attached(), PDF)
        await counters.publish(PORTAL, CandidatureSubmitted, second, other, at=OPEN_DAY)
        await counters.fact(AnswerContested, second)
    lose(counters.home, "intake")
    tally = await replay(counters.settings, "intake")
    assert (tally.decided, tally.unexplained, tally.pending) == (2, [], 0)
