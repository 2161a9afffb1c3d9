"""What strangers try: forged forms, others' dossiers, scripts in texts, links tried twice, floods."""

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from deploy.portal.limits import ASKING_FOR_A_LINK, SETTING
from deploy.portal.portal import Portal
from deploy.portal.seals import hashed
from deploy.portal.store import PortalTable, open_store
from tests.portal.browsing import FORM, Browser, browser_of, draft, filled, session_of

SOMEBODY = "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11"
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
OPEN_PAGES = (
    "/", "/eligibilite", "/calendrier", "/candidature", "/dossiers", "/donnees", "/accessibilite", "/acces",
    "/acces/nothing", "/adresse/code?dossier=x", f"/dossier/{SOMEBODY}", "/nowhere", "/resultats",
    "/static/style.css", "/static/nothing", "/communes?q=vich",
)  # fmt: skip


@pytest.mark.parametrize("path", OPEN_PAGES)
async def test_every_page_and_every_error_forbids_foreign_and_inline_code(
    path: str, browser: Browser
) -> None:
    await browser.open(path)
    policy = browser.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert browser.headers["x-content-type-options"] == "nosniff"
    if "text/html" in browser.headers["content-type"]:
        assert inline_code(browser.page) == []


def inline_code(page: str) -> list[str]:
    """What the policy would stop: it must not be there at all."""
    scripts = [tag for tag in re.findall(r"<script\b[^>]*>", page) if "src=" not in tag]
    return [
        *scripts,
        *re.findall(r"<style\b", page),
        *re.findall(r"<[^>]+\s(?:style|on\w+)=", page),
    ]


def test_inline_code_would_be_seen() -> None:
    assert len(inline_code('<script>x</script><style></style><p style="x"><a onclick="y">')) == 4


async def test_a_form_without_its_token_changes_nothing(browser: Browser, alone: Portal) -> None:
    found = await draft(browser)
    before = alone.store.draft_of(session_of(browser, alone), found)
    assert before
    answer = await browser.client.post(f"/candidature/{found}/lieu", data={"place.name": "Volé"})
    assert answer.status_code == 403
    answer = await browser.client.post(f"/candidature/{found}/effacer", data={"form-token": "x"})
    assert answer.status_code == 403
    after = alone.store.draft_of(session_of(browser, alone), found)
    assert after
    assert after.typed == before.typed


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
async def test_a_form_that_another_site_sends_is_refused_even_with_the_right_token(
    headers: dict[str, str], browser: Browser
) -> None:
    await browser.open("/candidature")
    body = {"form-token": browser.token}
    refused = await browser.client.post("/candidature", data=body, headers=headers)
    assert refused.status_code == 403
    assert "form-token" not in refused.text, "nothing is offered to be sent again"
    taken = await browser.client.post(
        "/candidature", data=body, headers={"Origin": "http://127.0.0.1:8080"}
    )
    assert taken.status_code == 200, "the control: the same form from our own page"


async def test_another_browsers_draft_or_dossier_is_not_there(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    async with browser_of(alone) as stranger:
        await stranger.open("/candidature")
        token = stranger.token
        for path in (f"/candidature/{found}/porteur", f"/candidature/{found}/relecture", f"/dossier/{found}",
                     f"/dossier/{found}/recepisse", f"/dossier/{found}/retrait"):  # fmt: skip
            assert (await stranger.open(path)).status == 404, path
        for path in (f"/candidature/{found}/relecture", f"/dossier/{found}/retrait"):
            answer = await stranger.client.post(path, data={"form-token": token, "reason": "x"})
            assert answer.status_code == 404, path
        await stranger.client.post(f"/candidature/{found}/effacer", data={"form-token": token})
        changed = {"form-token": token, "place.name": "Volé"}
        assert (
            await stranger.client.post(f"/candidature/{found}/lieu/garder", data=changed)
        ).status_code == 404
    assert (await browser.open(f"/candidature/{found}/lieu")).status == 200
    assert "La Passerelle" in browser.page
    assert "Volé" not in browser.page


async def test_what_somebody_wrote_is_shown_as_text_wherever_it_is_shown(browser: Browser) -> None:
    found = await draft(
        browser,
        place__name=SCRIPT,
        project__summary=SCRIPT,
        holder__siret=SCRIPT,
        place__commune_code=SCRIPT,
    )
    address = quote(SCRIPT)
    paths = [f"/candidature/{found}/{step}" for step in (*filled(), "relecture")]
    paths += ["/candidature", "/dossiers", f"/eligibilite?place.commune_code={address}"]
    shown = 0
    for path in paths:
        await browser.open(path)
        assert "<img" not in browser.page, path
        assert "alert(1)</script>" not in browser.page, path
        shown += "&lt;script&gt;" in browser.page
    assert shown >= 5


async def test_a_link_opens_the_dossiers_of_its_address_once(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    file = alone.store.draft_of(session_of(browser, alone), found)
    assert file
    alone.store.filed(found, datetime.now(UTC))
    async with browser_of(alone) as other:
        await other.open("/acces")
        await other.send("/acces", email="Contact@passerelle.example")
        link = letter_in(alone)
        await other.open(link)
        assert (await other.open(f"/dossier/{found}")).status == 404, (
            "looking at a link opens nothing"
        )
        before = other.client.cookies["fabriques"]
        await other.open(link)
        await other.send(link)
        assert other.address == "/dossiers"
        assert other.client.cookies["fabriques"] != before, "who enters gets another session"
        assert (await other.open(f"/dossier/{found}")).status == 200
    async with browser_of(alone) as third:
        assert (await third.open(link)).status == 410
        await third.open("/acces")
        answer = await third.client.post(link, data={"form-token": third.token})
        assert answer.status_code == 410
        assert (await third.open(f"/dossier/{found}")).status == 404


async def test_nobody_learns_whether_an_address_has_a_dossier(
    browser: Browser, alone: Portal
) -> None:
    await draft(browser)
    await browser.open("/acces")
    await browser.send("/acces", email="contact@passerelle.example")
    known = browser.text.replace("contact@passerelle.example", "…")
    assert len(letters_in(alone)) == 1
    await browser.open("/acces")
    await browser.send("/acces", email="nobody@passerelle.example")
    assert browser.text.replace("nobody@passerelle.example", "…") == known
    assert len(letters_in(alone)) == 1


async def test_links_are_kept_as_hashes_and_three_an_hour_go_to_one_address(
    browser: Browser, alone: Portal
) -> None:
    await draft(browser)
    for _ in range(4):
        await browser.open("/acces")
        await browser.send("/acces", email="contact@passerelle.example")
    assert len(letters_in(alone)) == 3
    secret = letter_in(alone).rpartition("/")[2]
    kept = database_of(alone)
    assert secret.encode() not in kept
    assert hashed(secret).encode() in kept, "the control: its hash is there"
    assert b"contact@passerelle.example" in kept, "the draft itself holds what was typed"


async def test_asking_for_links_again_and_again_is_slowed_down(browser: Browser) -> None:
    await browser.open("/acces")
    token = browser.token
    answers = [
        await browser.client.post("/acces", data={"form-token": token, "email": f"a{n}@example.fr"})
        for n in range(ASKING_FOR_A_LINK.burst + 1)
    ]
    assert [answer.status_code for answer in answers[:-1]] == [200] * ASKING_FOR_A_LINK.burst
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 1


async def test_the_documents_of_one_dossier_are_set_so_often_and_no_more(
    browser: Browser, alone: Portal
) -> None:
    found = await draft(browser)
    alone.store.filed(found, datetime.now(UTC))
    path = f"/dossier/{found}/document/award"
    answers = [(await browser.open(path)).status for _ in range(SETTING.burst)]
    assert answers == [503] * SETTING.burst
    assert (await browser.open(path)).status == 429
    assert (await browser.open(f"/dossier/{found}")).status == 200, "the control: its page is open"


async def test_what_no_form_of_ours_sends_is_refused_before_it_is_read(browser: Browser) -> None:
    await browser.open("/candidature")
    too_long = "place.name=" + "x" * 700_000
    too_many = "&".join(f"a{n}=1" for n in range(400))
    for body, headers, status in (
        (too_long, FORM, 413),
        (too_many, FORM, 400),
        ("a=%ff", FORM, 400),
        ("{}", {"Content-Type": "application/json"}, 415),
    ):
        answer = await browser.client.post("/candidature", content=body, headers=headers)
        assert answer.status_code == status


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(browser: Browser) -> None:
    await browser.open("/")
    assert "set-cookie" not in browser.headers, "who only reads gets none"
    await browser.open("/candidature")
    cookie = browser.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_a_session_that_expired_gives_back_what_was_typed(browser: Browser) -> None:
    found = await draft(browser)
    browser.client.cookies.clear()
    answer = await browser.client.post(
        f"/candidature/{found}/lieu",
        data={"form-token": "old", "place.name": "Le Phare", "suite": "garder"},
    )
    assert answer.status_code == 403
    assert "Le Phare" in answer.text
    browser.page = answer.text
    await browser.send(f"/candidature/{found}/lieu", place__name="Le Phare", suite="garder")
    assert browser.status == 200
    assert browser.dossier != found
    assert "Le Phare" in browser.page


async def test_drafts_go_when_their_time_is_over_and_dossiers_stay(
    tmp_path: Path, alone: Portal
) -> None:
    programme = alone.programme
    gone = programme.model_copy(
        update={"retention": programme.retention.model_copy(update={"drafts_months": 0})}
    )
    store = open_store(tmp_path / "other", gone)
    draft, dossier = store.new_draft("s", {"a": "b"}), store.new_draft("s", {"a": "b"})
    assert draft
    assert dossier
    named = dossier.candidature_id
    store.filed(named, datetime.now(UTC))
    store.keep_said(named, "retrait", "attempt", f"/dossier/{named}/retrait", {"reason": "b"})
    assert [one.typed for one in store.said(named)] == [{"reason": "b"}]
    store.forget_expired()
    assert store.drafts("s") == []
    assert store.said(named) == []
    kept = store.dossier_of("s", named)
    assert kept
    assert kept.typed == {}, "what was typed is gone, that it was filed stays"
    store.keep_said(named, "retrait", "attempt", f"/dossier/{named}/retrait", {"reason": "b"})
    store.erase(named)
    assert store.said(named) == []
    store.dispose()


async def test_what_nobody_foresaw_is_told_without_a_word_of_what_was_typed(
    browser: Browser, alone: Portal, capfd: pytest.CaptureFixture[str]
) -> None:
    await draft(browser, place__name="Le Phare")
    PortalTable.metadata.drop_all(alone.store.engine)
    await browser.open("/dossiers")
    assert browser.status == 500
    assert "default-src 'none'" in browser.headers["content-security-policy"]
    said = capfd.readouterr()
    assert "page failed" in said.err + said.out
    assert "Phare" not in said.err + said.out


def database_of(portal: Portal) -> bytes:
    return b"".join(
        path.read_bytes() for path in Path(portal.settings.home, "portal").glob("portal.db*")
    )


def letters_in(portal: Portal) -> list[str]:
    return [
        path.read_text(encoding="utf-8") for path in (portal.settings.home / "mail").glob("*.eml")
    ]


def letter_in(portal: Portal) -> str:
    """The link of a letter, without the host."""
    found = re.search(r"http://127\.0\.0\.1:8080(/acces/[\w-]+)", letters_in(portal)[-1])
    assert found
    return found[1]
