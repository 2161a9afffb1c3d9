"""Files of a candidature on the pages: chosen in a plain form, uploaded at once, sent with the dossier."""

import asyncio
from contextlib import ExitStack

import pytest

from deploy.portal import limits, web
from deploy.portal.forms.attached import FILE, NAME_WRONG, TWICE, attachment_of, with_file
from deploy.portal.forms.fields import Mistake
from deploy.portal.limits import Limits, Rate
from deploy.portal.multipart import Upload, read_form
from deploy.portal.pages import attaching
from shared.contract.attachments import FILE_BYTES_MAX, FILES_MAX, Attachment
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from tests.attached import ODS, PDF, attached
from tests.portal.browsing import Browser, draft, session_of
from tests.portal.conftest import Served

FORM = "multipart/form-data; boundary=x"


async def test_a_file_is_joined_replaced_taken_off_and_sent_with_the_dossier(
    served: Served,
) -> None:
    browser = served.browser
    found = await draft(browser)
    page = f"/candidature/{found}/fichiers"
    await browser.open(page)
    await browser.attach(page, "statuts.pdf", PDF)
    assert browser.address == f"{page}?garde=oui"
    assert "Le fichier est joint" in browser.text
    await browser.attach(page, "budget.ods", ODS, kind="budget")
    await browser.attach(page, "statuts.pdf", PDF + b"%")
    assert browser.text.count("statuts.pdf") == 2, "once, and once on its button"
    [kept] = served.portal.store.drafts(session_of(browser, served.portal))
    [budget] = [file for file in kept.typed["attachments"] if file["name"] == "budget.ods"]
    await browser.send(f"{page}/retirer", sha256=budget["sha256"])
    assert "budget.ods" not in browser.text
    await browser.open(f"/candidature/{found}/relecture")
    assert "statuts.pdf" in browser.text
    await browser.send(f"/candidature/{found}/relecture")
    assert "Votre dossier est enregistré" in browser.text
    assert "Fichiers joints : statuts.pdf." in browser.text
    submitted = await served.platform.fact(CandidatureSubmitted, found)
    assert [(file["name"], file["kind"]) for file in submitted.data["attachments"]] == [
        ("statuts.pdf", "statutes")
    ]
    assert await served.platform.fact(CandidatureRegistered, found)
    await browser.open(page)
    await browser.attach(page, "budget.ods", ODS, kind="budget")
    await browser.open(f"/dossier/{found}")
    assert "budget.ods" not in browser.text, "what is joined and not sent yet is not told as sent"


async def test_what_is_no_file_for_us_is_told_with_every_mistake_and_nothing_is_kept(
    served: Served,
) -> None:
    browser = served.browser
    found = await draft(browser)
    page = f"/candidature/{found}/fichiers"
    await browser.open(page)
    await browser.attach(page, "virus.pdf", b"MZ\x90\x00", kind="")
    assert browser.status == 422
    for words in ("n'est pas admis", "Dites ce qu'est ce fichier"):
        assert words in browser.text
    await browser.attach(page, "", b"")
    assert "Choisissez un fichier" in browser.text
    await browser.attach(page, "trop.pdf", PDF + bytes(FILE_BYTES_MAX))
    assert "trop lourd : 5 Mo au plus" in browser.text
    await browser.open(page)
    too_long = PDF + bytes(web.UPLOAD_BYTES_MAX)
    assert (await browser.attach(page, "trop.pdf", too_long)).status == 413
    await browser.open(page)
    assert "Fichiers joints" not in browser.page


async def test_what_was_typed_or_joined_while_a_file_came_is_kept(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = served.browser
    found = await draft(browser)
    page = f"/candidature/{found}/fichiers"
    await browser.open(page)
    here, go_on = asyncio.Event(), asyncio.Event()
    bus = served.portal.bus
    at_once = bus.upload

    async def slowly(dossier: str, file: Attachment, content: bytes) -> None:
        if file.name == "lent.pdf":
            here.set()
            await go_on.wait()
        await at_once(dossier, file, content)

    monkeypatch.setattr(bus, "upload", slowly)
    other = Browser(browser.client, browser.page)
    slow = asyncio.create_task(browser.attach(page, "lent.pdf", PDF))
    await here.wait()
    await other.attach(page, "budget.ods", ODS, kind="budget")
    await other.open(f"/candidature/{found}/projet")
    await other.send(f"/candidature/{found}/projet", project__summary="Réécrit entre-temps.")
    go_on.set()
    assert (await slow).status == 200
    [kept] = served.portal.store.drafts(session_of(browser, served.portal))
    assert [file["name"] for file in kept.typed["attachments"]] == ["budget.ods", "lent.pdf"]
    assert kept.typed["project.summary"] == "Réécrit entre-temps."


async def test_a_file_of_another_site_or_session_is_refused_and_there_is_room_for_so_many(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = served.browser
    found = await draft(browser)
    page = f"/candidature/{found}/fichiers"
    await browser.open(page)
    forged = {"form-token": "forged", "kind": "other"}
    files = {"file": ("a.pdf", PDF, "application/pdf")}
    assert (await browser.client.post(page, data=forged, files=files)).status_code == 403
    assert (await browser.client.post(page, data=forged)).status_code == 400
    stranger = {"cookie": "", "sec-fetch-site": "none"}
    monkeypatch.setattr(web, "_uploaded", None)  # nothing is read
    browser.client.cookies.clear()
    assert (
        await browser.client.post(page, data=forged, files=files, headers=stranger)
    ).status_code == 403


async def test_one_network_or_draft_takes_so_many_places_and_bytes(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = served.browser
    page = f"/candidature/{await draft(browser)}/fichiers"
    await browser.open(page)
    for bound in ("UPLOADED", "UPLOADED_TO_A_DRAFT"):
        with monkeypatch.context() as patched:
            patched.setattr(attaching, bound, Rate(burst=len(PDF) - 1, seconds=1.0))
            assert (await browser.attach(page, "a.pdf", PDF)).status == 422
            assert "joignez celui-ci demain" in browser.text
    with monkeypatch.context() as patched:
        patched.setattr(limits, "UPLOADS_OF_A_NETWORK_MAX", 0)
        assert (await browser.attach(page, "a.pdf", PDF)).status == 429
    await browser.open(page)
    monkeypatch.setattr(limits, "UPLOADS_AT_ONCE_MAX", 0)
    assert (await browser.attach(page, "a.pdf", PDF)).status == 429


def test_bytes_are_counted_and_slow_senders_leave_places_to_other_networks() -> None:
    found = Limits()
    bytes_each_second = Rate(burst=10, seconds=1.0)
    assert found.wait_seconds("a", bytes_each_second, 0.0, count=6) == 0
    assert found.wait_seconds("a", bytes_each_second, 0.0, count=6) == 2
    assert found.wait_seconds("a", bytes_each_second, 2.0, count=6) == 0
    with ExitStack() as slow:
        taken = [slow.enter_context(found.room_for_upload("a")) for _ in range(20)][:5]
        assert taken == [True] * 4 + [False]
    with found.room_for_upload("a") as has_room:
        assert has_room


def test_a_form_with_a_file_is_read_as_browsers_write_it() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="C:\\\\a\\\\b%22\xc3\xa9.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF\r\n\r\n--y\r\n\r\n--x--\r\n"
    )
    typed, files = read_form(FORM, body)
    assert typed == {"kind": ["other"]}
    assert files == {"file": Upload('b"é.pdf', b"%PDF\r\n\r\n--y\r\n")}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"a=b"),
        ("multipart/form-data", b"--x--"),
        (FORM, b""),
        (FORM, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'),
        (FORM, b"--x\r\nContent-Disposition: form-data\r\n\r\nb\r\n--x--"),
        (FORM, b'--x\r\nContent-Disposition: form-data; name="a"\r\nb\r\n--x--'),
        (FORM, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--'),
        (FORM, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 30 + b"--x--"),
    ],
    ids=["no file", "no boundary", "empty", "cut", "no name", "no body", "no text", "too many"],
)
def test_what_no_browser_sends_is_no_form(content_type: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_form(content_type, body)


def test_a_file_is_joined_once_and_so_many_are() -> None:
    one = attached()
    named, mistake = with_file([], one)
    assert mistake is None
    assert with_file(named, attached(name="autre.pdf"))[1] == TWICE
    many = [
        attached(name=f"{n}.pdf", sha256=f"{n:064d}").model_dump(mode="json")
        for n in range(FILES_MAX)
    ]
    refused = with_file(many, one)[1]
    assert isinstance(refused, Mistake)
    assert refused.field == FILE
    for name in ("a/b.pdf", ".pdf", "a\n.pdf", "a" * 101):
        assert attachment_of(name, "other", PDF) == (None, [NAME_WRONG])
