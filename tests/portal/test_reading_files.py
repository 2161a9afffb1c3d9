"""Files of a dossier as officers and reviewers get them: checked in their browser, saved, never shown there.

Skipped where there is no Chromium.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Route, expect

from deploy.portal.drawing import STATIC
from shared.contract.attachments import PART_BYTES, stored_part
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.kit.bus.buckets import take_out_dossier
from tests.attached import PDF, as_said, attached, uploaded
from tests.broker.test_reading import assigned, lines_of
from tests.platform import Platform
from tests.portal.looking import (
    CHROMIUM,
    DESK,
    TELEPHONE,
    chromium_alone,
    is_wider,
    pictured,
    violations,
)
from tests.portal.officers import entered, opened_pages
from tests.submissions import OPEN_DAY, submission

# A PDF by its beginning, a page with a script by its name and to whoever would show it.
NAME = 'statuts "<b>".html'
SAVED_AS = "statuts __b__.html.pdf"
FILE = PDF + b"<html><script>document.title = 'taken'</script>" + bytes(PART_BYTES)
LATER_FILE = PDF + b"% version 2"
SERVICES = ("intake", "eligibility", "funding")
CHECK = "await digestOf(content) !== sha256"


def saved(page: Page) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Enregistrer {NAME}").click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def unchecked(route: Route) -> None:
    """The script as it would be without its check."""
    written = (STATIC / "attached.js").read_text(encoding="utf-8")
    assert CHECK in written
    route.fulfill(body=written.replace(CHECK, "false"), content_type="text/javascript")


def read_files(url: str, dossier: str, alter: Callable[[], Any]) -> None:
    with chromium_alone() as browser:
        page = entered(browser, url, "anna", TELEPHONE, f"/evaluations/{dossier}")
        expect(page.locator("#attached")).to_contain_text("Statuts, 1 ko")
        assert saved(page) == (SAVED_AS, LATER_FILE)
        assert not is_wider(page)

        page = entered(browser, url, "director-1", DESK, f"/bureau/dossier/{dossier}")
        wrong: list[str] = []
        page.on("console", lambda said: wrong.append(said.text))
        _read(page, 1)
        assert saved(page) == (SAVED_AS, FILE), (
            "the file that this version named, of two with its name"
        )
        expect(page.get_by_text("Vérifié par son empreinte")).to_be_visible()
        pictured(page, f"{DESK}-office-files")
        page.evaluate(AXE_SCRIPT)
        assert (violations(page), wrong, page.context.pages) == ([], [], [page])
        assert "taken" not in page.title()

        _read(page, 2)
        assert saved(page)[1] == LATER_FILE
        alter()
        page.get_by_role("button", name=f"Enregistrer {NAME}").click()
        expect(page.get_by_text("n'est pas le fichier que le dossier nomme")).to_be_visible()
        page.route("**/static/attached.js", unchecked)
        page.reload()
        _read(page, 2)
        assert saved(page)[1] == LATER_FILE[::-1], "the control: without the check it is saved"


def _read(page: Page, version: int) -> None:
    page.get_by_role("button", name=f"Lire la version {version}").click()
    expect(page.get_by_role("heading", name=f"Version {version}")).to_be_visible()


async def registered_twice(platform: Platform) -> str:
    """The second version has another file of the same name."""
    dossier, body = submission()
    for version, content in enumerate((FILE, LATER_FILE), 1):
        file = attached(content, NAME)
        await uploaded(platform, dossier, file, content)
        body["attachments"] = as_said(file)
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        await platform.fact(CandidatureRegistered, dossier, count=version)
    return dossier


async def altered_in_bucket(platform: Platform, dossier: str) -> None:
    """As the provisioner alone could: other bytes, of the same length, under the digest."""
    client = await platform.connect("provisioner")
    await take_out_dossier(client, "holders", dossier)
    subject = stored_part("holders", dossier, attached(LATER_FILE).sha256, 1)
    await client.jetstream().publish(subject, LATER_FILE[::-1])


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: no file was saved from the pages")
async def test_officers_and_reviewers_save_the_files_that_a_dossier_names_and_no_altered_one(
    platform: Platform,
) -> None:
    pages = opened_pages(platform.settings, officers="officers", reviewers="reviewers")
    async with platform.running(*SERVICES), pages as url:
        dossier = await registered_twice(platform)
        await assigned(platform, dossier, "anna")
        loop = asyncio.get_running_loop()

        def alter() -> None:
            asyncio.run_coroutine_threadsafe(altered_in_bucket(platform, dossier), loop).result()

        await asyncio.to_thread(read_files, url, dossier, alter)
        lines = await lines_of(platform, "intake", dossier)
        assert {reader for reader, _ in lines} == {"anna", "director-1"}
