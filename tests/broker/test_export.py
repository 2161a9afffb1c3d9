"""A person gets what is kept about them, read by right, with a line, as a page and as JSON."""

import json
import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from deploy.keeper import keeper as at_work
from shared.contract import backoffice as officers
from shared.contract.eligibility import EligibilityChecked
from shared.contract.frontdesk import CandidatureSubmitted, ReviewSubmitted, WithdrawalRequested
from shared.contract.intake import CandidatureErased, CandidatureRegistered, CandidatureWithdrawn
from shared.contract.keeper import LogErased
from shared.contract.notify import NoticeSent
from shared.contract.topology import SERVICES
from tests.broker.test_erasure import keeping
from tests.command import Command
from tests.platform import Platform
from tests.service.selection.ballot import act, marks_of
from tests.submissions import OPEN_DAY, submission

PAGE, DATA = "dossier.html", "dossier.json"
CODE = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{24}(?![\w-])")
DOUBT = "Le comité doute."
OURS = ("Camille Exemple", "contact@passerelle.example", "1 place du Marché, 03200 Vichy")


async def filed(platform: Platform) -> str:
    """Two versions of a file, one review of it, and what an officer lets be told of that."""
    dossier, body = submission(project__summary="Un premier résumé.")
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    body["project"]["summary"] = "Un second résumé."
    await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
    await platform.fact(CandidatureRegistered, dossier, count=2)
    await platform.fact(EligibilityChecked, dossier)
    asked = act("officer-1", "instructor", candidature_id=dossier, reviewer_id="anna")
    await platform.publish("officers", officers.ReviewAssigned, dossier, asked, at=OPEN_DAY)
    review = {
        "candidature_id": dossier,
        "reviewer_id": "anna",
        "marks": marks_of(4),
        "comment": DOUBT,
    }
    await platform.publish("reviewers", ReviewSubmitted, dossier, review, at=OPEN_DAY)
    told = act("officer-1", "instructor", candidature_id=dossier, strengths=["Un porteur connu."])
    await platform.publish("officers", officers.CommentsModerated, dossier, told, at=OPEN_DAY)
    await platform.fact(NoticeSent, dossier)
    for service in SERVICES:
        await platform.idle(service)
    return dossier


async def test_all_that_is_kept_is_handed_over_by_right_with_a_line_and_after_an_erasure_what_is_left(
    platform: Platform, fabriques: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_work, "PAUSE_SECONDS", 0.02)
    async with platform.running(*SERVICES):
        dossier = await filed(platform)
        receipt = (await platform.ask("intake", "dossier", candidature_id=dossier))[
            "receipt_number"
        ]
        code, said = await fabriques(
            "export", receipt, "-o", str(tmp_path / "none"), "--as", "nobody"
        )
        assert (code, "there is no key" in said) == (1, True)
        assert not (tmp_path / "none").exists()

        told = await fabriques.data("export", receipt, "-o", str(tmp_path / "all"), "--as", "d-1")
        page, data = read(tmp_path / "all")
        for words in (*OURS, "Un premier résumé.", "Un second résumé.", "Un porteur connu."):
            assert words in data
            assert words in page.replace("\u00a0", " ")
        for words in ("anna", DOUBT):
            assert words not in data
            assert words not in page
        codes = codes_in(platform.home / "mail")
        assert codes, "the control: letters to an address that nobody has proven hold its code"
        assert [code for code in codes if code in data + page] == []
        assert told["letters"] == 0
        assert [one["marks"] for one in json.loads(data)["reviews"]] == [marks_of(4)]
        lines = await fabriques.data("readings", receipt)
        assert [(one["reader_id"], one["role"]) for one in lines] == [("d-1", "director")] * 2
        code, said = await fabriques("export", receipt, "-o", str(tmp_path / "all"), "--as", "d-1")
        assert (code, "is no empty folder" in said) == (1, True)

        gone = {"candidature_id": dossier, "reason": "Nous renonçons."}
        await platform.publish("holders", WithdrawalRequested, dossier, gone, at=OPEN_DAY)
        await platform.fact(CandidatureWithdrawn, dossier)
        asked = act("director-1", "director", candidature_id=dossier)
        await platform.publish("officers", officers.ErasureRequested, dossier, asked, at=OPEN_DAY)
        await platform.fact(CandidatureErased, dossier)
        async with keeping(platform):
            await platform.fact(LogErased, dossier)
        assert (
            await fabriques.data("export", dossier, "-o", str(tmp_path / "left"), "--as", "d-1")
        )["erased"]
        page, data = read(tmp_path / "left")
        assert [words for words in (*OURS, "résumé") if words in data] == []
        assert "comptes publics" in page
        assert "à votre demande" in page
        assert "decisions" in sections(data)


def read(folder: Path) -> tuple[str, str]:
    return (folder / PAGE).read_text("utf-8"), (folder / DATA).read_text("utf-8")


def codes_in(folder: Path) -> set[str]:
    """What proves an address, in the letters that wait for it."""
    texts = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml")]
    bodies = [text.get_body(("plain",)) for text in texts]
    return {code for body in bodies if body for code in CODE.findall(body.get_content())}


def sections(data: str) -> dict[str, list[dict[str, Any]]]:
    return {section["name"]: section["entries"] for section in json.loads(data)["sections"]}
