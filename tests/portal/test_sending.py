"""What is sent, once and no more: a bus that is away, the same file again, corrections, lost answers."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import delete
from sqlmodel import Session, select

from deploy.portal.bus import PlatformAway
from deploy.portal.limits import FILING, Limits
from deploy.portal.pages.dossiers import SHOWN_MAX
from deploy.portal.portal import Portal, open_portal
from deploy.portal.recent import Recent
from deploy.portal.store import Entry, Opened
from shared.contract.frontdesk import CandidatureSubmitted
from tests.platform import until
from tests.portal.browsing import Browser, browser_of, draft, filled, session_of
from tests.portal.conftest import OWN, Served

HOLDER = "contact@passerelle.example"
STRANGER = "stranger@elsewhere.example"


async def test_what_no_bus_took_stays_a_draft_and_is_sent_once_the_bus_is_back(
    served: Served,
) -> None:
    portal = open_portal(served.platform.settings, OWN)
    async with browser_of(portal) as browser:
        found = await draft(browser)
        await browser.send(f"/candidature/{found}/relecture")
        assert browser.status == 503
        await browser.open("/candidature")
        assert f"/candidature/{found}/porteur" in browser.page, "it is among the drafts"
        assert (await browser.open(f"/dossier/{found}")).status == 404, (
            "and no dossier says that it arrived"
        )
        async with portal.running():

            async def there() -> bool:
                return portal.bus.is_there

            await until(there, "the bus is back")
            await browser.open(f"/candidature/{found}/relecture")
            await browser.send(f"/candidature/{found}/relecture")
            assert "Votre dossier est enregistré" in browser.text


async def test_a_file_that_the_counter_has_is_not_said_again_and_a_changed_one_is(
    served: Served,
) -> None:
    browser = served.browser
    found = await filed(browser)
    for _ in range(3):
        await browser.open(f"/candidature/{found}/relecture")
        await browser.send(f"/candidature/{found}/relecture")
        assert browser.address == f"/dossier/{found}?fait=envoi"
    assert len(await served.platform.facts(CandidatureSubmitted, found)) == 1
    await change(browser, found, "lieu", place__name="La Grande Passerelle")
    await browser.send(f"/candidature/{found}/relecture")
    assert "version 2" in browser.text
    assert len(await served.platform.facts(CandidatureSubmitted, found)) == 2


async def test_sending_has_a_limit_for_each_dossier_and_each_network(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    for asker in (found, "127.0.0.1"):
        await browser.send(f"/candidature/{found}/relecture")
        assert browser.status == 503, "the control: it would be sent"
        await browser.open(f"/candidature/{found}/relecture")
        while not alone.limits.wait_seconds(asker, FILING):
            pass
        await browser.send(f"/candidature/{found}/relecture")
        assert browser.status == 429
        alone.limits = Limits()
        await browser.open(f"/candidature/{found}/relecture")
    assert (await browser.open(f"/candidature/{found}/lieu")).status == 200, "the draft is there"


async def test_links_go_to_another_address_only_once_the_counter_took_it(served: Served) -> None:
    browser = served.browser
    found = await filed(browser)
    opened_until = until_of(served.portal, found)
    await change(browser, found, "porteur", holder__email=STRANGER)
    await change(browser, found, "budget", budget__requested_cents__1="60 000")
    await browser.send(f"/candidature/{found}/relecture")
    assert browser.status == 422, "the counter refuses"
    assert link_for(served.portal, STRANGER) == ""
    assert link_for(served.portal, HOLDER)

    await change(browser, found, "budget")
    await browser.send(f"/candidature/{found}/relecture")
    assert "version 2" in browser.text
    assert link_for(served.portal, STRANGER), "the control: it is the dossier's address now"
    assert link_for(served.portal, HOLDER) == ""
    assert until_of(served.portal, found) == opened_until, "sending again keeps no session open"


async def test_an_answer_to_another_attempt_changes_no_address(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    store = alone.store
    store.filed(found, datetime.now(UTC))
    [file] = store.dossiers(session_of(browser, alone), 0, SHOWN_MAX)
    store.sending(file, "mine", alone.seals.address(STRANGER), "hash")
    for attempt, verb in (("", "registered"), ("another", "registered"), ("mine", "refused")):
        store.answered(found, attempt, verb, {})
        assert link_for(alone, STRANGER) == ""
    store.answered(found, "mine", "registered", {})
    assert link_for(alone, STRANGER)


async def test_a_draft_whose_sending_is_answered_late_is_a_dossier(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    session = session_of(browser, alone)
    [file] = alone.store.drafts(session)
    alone.store.sending(file, "mine", alone.seals.address(HOLDER), "hash")
    alone.store.answered(found, "mine", "refused", {})
    assert alone.store.dossiers(session, 0, SHOWN_MAX) == [], (
        "a refusal leaves the draft to be sent again"
    )
    alone.store.answered(found, "mine", "registered", {})
    assert [one.candidature_id for one in alone.store.dossiers(session, 0, SHOWN_MAX)] == [found]
    assert alone.store.drafts(session) == []


async def test_a_dossier_that_may_not_be_changed_says_so_and_nothing_is_sent(
    served: Served,
) -> None:
    browser = served.browser
    found = await filed(browser)
    await browser.open(f"/candidature/{found}/relecture")
    token = browser.token
    await browser.open(f"/dossier/{found}/retrait")
    await browser.send(f"/dossier/{found}/retrait", reason="Le bail est perdu.")

    async def withdrawn() -> bool:
        return "Retiré" in (await browser.open(f"/dossier/{found}")).text

    await until(withdrawn, "the dossier is withdrawn")
    changed = {"form-token": token, "place.name": "Le Phare", "suite": "garder"}
    await browser.client.post(f"/candidature/{found}/lieu", data=changed)
    assert (await browser.open(f"/candidature/{found}/lieu")).status == 409
    answer = await browser.client.post(
        f"/candidature/{found}/relecture", data={"form-token": token}
    )
    assert answer.status_code == 409
    assert len(await served.platform.facts(CandidatureSubmitted, found)) == 1


async def test_a_receipt_whose_answer_nobody_heard_is_asked_for(served: Served) -> None:
    browser = served.browser
    found = await filed(browser)
    await browser.open(f"/dossier/{found}/recepisse")
    as_heard = browser.text
    assert "FABT-2020-4-" in as_heard
    with Session(served.portal.store.engine) as rows:
        rows.execute(delete(Entry))
        rows.commit()
    await browser.open(f"/dossier/{found}/recepisse")
    assert browser.text == as_heard


async def test_a_long_list_is_shown_in_pages(browser: Browser, alone: Portal) -> None:
    await browser.open("/candidature")
    session = session_of(browser, alone)
    for _ in range(SHOWN_MAX + 5):
        file = alone.store.new_draft(session, {})
        assert file
        alone.store.filed(file.candidature_id, datetime.now(UTC))
    await browser.open("/dossiers")
    first = browser.page.count('href="/dossier/')
    await browser.open("/dossiers?page=2")
    assert (first, browser.page.count('href="/dossier/')) == (SHOWN_MAX, 5)
    assert (await browser.open("/dossiers?page=x")).status == 200
    assert (await browser.open("/dossiers?page=9999")).status == 200


async def test_a_list_that_is_opened_again_and_again_asks_the_platform_once(served: Served) -> None:
    found = await filed(served.browser)
    asked: list[str] = []

    class Counted:
        async def status(self, dossier: str) -> object:
            asked.append(dossier)
            return await served.portal.bus.status(dossier)

    recent = Recent(Counted())  # type: ignore[arg-type]
    for _ in range(3):
        told = await recent.status(found)
        assert told
        assert told["candidature_id"] == found
    assert asked == [found]


async def test_a_platform_that_is_away_is_asked_once_by_all_who_wait_for_the_same() -> None:
    asked: list[str] = []

    class Away:
        async def status(self, dossier: str) -> object:
            asked.append(dossier)
            raise PlatformAway

    recent = Recent(Away())  # type: ignore[arg-type]
    answers = await asyncio.gather(
        *(recent.status("one") for _ in range(50)), return_exceptions=True
    )
    assert {type(answer) for answer in answers} == {PlatformAway}
    assert asked == ["one"]


async def filed(browser: Browser) -> str:
    found = await draft(browser)
    await browser.send(f"/candidature/{found}/relecture")
    assert "Votre dossier est enregistré" in browser.text
    return found


async def change(browser: Browser, dossier: str, step: str, **fields: str) -> None:
    """Types one step anew, and stands at the last look."""
    typed = filled()[step] | {name.replace("__", "."): given for name, given in fields.items()}
    await browser.open(f"/candidature/{dossier}/{step}")
    await browser.send(f"/candidature/{dossier}/{step}", suite="garder", **typed)
    await browser.open(f"/candidature/{dossier}/relecture")


def link_for(portal: Portal, email: str) -> str:
    return portal.store.new_link(portal.seals.address(email))


def until_of(portal: Portal, dossier: str) -> datetime:
    with Session(portal.store.engine) as rows:
        return rows.exec(select(Opened.until).where(Opened.candidature_id == dossier)).one()
