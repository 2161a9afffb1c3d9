"""Each kind of key is replaced under load: events go on, nothing is lost, the old one opens nothing."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from httpx import AsyncClient, TransportError
from nats.errors import Error as NatsError

from deploy.cli.main import main
from deploy.keeper.keys import load_seals
from deploy.local.server.nats_server import free_port
from services.funding.bank.sealing import FieldCipher, SealingKey
from services.funding.keys import FIELDS_FILE, SEALING_FILE
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.keeper import LogSealed
from shared.kit.bus.connection import connect, knock
from shared.kit.bus.log_places import messages_from
from shared.kit.bus.reaching import NotConnected
from shared.kit.people.signatures import public_key_of
from shared.kit.settings import Settings
from tests.platform import until
from tests.portal.browsing import Browser, draft, filled
from tests.submissions import submission
from tests.system.cli.conftest import QUIET, ROOT, Fabriques, Up, running_up

PAUSE_SECONDS = 0.05
PAGES_PORT = free_port()
PAGES = f"http://127.0.0.1:{PAGES_PORT}"
ADDRESS = "marie@atelier.example"
EVERY = 512


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """With pages: letters lead to them."""
    pages = ("--pages", "--pages-port", str(PAGES_PORT))
    with running_up(tmp_path_factory.mktemp("up") / "var", *pages) as running:
        yield running


@pytest.fixture
def settings(up: Up, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in QUIET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FABRIQUES_HOME", str(up.home))
    return up.record.settings(up.home)


@asynccontextmanager
async def load(settings: Settings) -> AsyncIterator[set[str]]:
    """Somebody submits all the while, and insists until the broker has each file. Gives what it has."""
    sent: set[str] = set()
    over = asyncio.Event()
    sending = asyncio.create_task(_send(settings, sent, over))
    await until(lambda: _has(sent), "the first file is sent")
    try:
        yield sent
    finally:
        before = len(sent)
        await until(lambda: _has(sent, before), "files go on being sent")
        over.set()
        await sending


async def _has(sent: set[str], more_than: int = 0) -> bool:
    return len(sent) > more_than


async def _send(settings: Settings, sent: set[str], over: asyncio.Event) -> None:
    client = await connect(settings, "holders")
    while not over.is_set():
        found, body = submission()
        subject = f"fabriques.{CandidatureSubmitted.event_type()}.{found}"
        while found not in sent:
            try:
                if client.is_closed:
                    client = await connect(settings, "holders")
                await client.jetstream().publish(subject, json.dumps(body).encode(), timeout=2)
                sent.add(found)
            except (NatsError, NotConnected, TimeoutError, OSError):
                await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)
    await client.close()


async def facts(settings: Settings, kind: type, stream: str) -> list[dict[str, object]]:
    client = await connect(settings, "provisioner")
    found = []
    after = 1
    while messages := await messages_from(client, stream, after, EVERY):
        found += [
            json.loads(one.body) for one in messages if f".{kind.event_type()}." in one.subject
        ]
        after = messages[-1].sequence + 1
    await client.close()
    return found


async def rotated(*words: str) -> None:
    assert await asyncio.to_thread(main, ["keys", "rotate", *words]) == 0


async def each_is_registered_once(settings: Settings, sent: set[str]) -> None:
    async def all_registered() -> bool:
        registered = [
            one["candidature_id"] for one in await facts(settings, CandidatureRegistered, "INTAKE")
        ]
        assert len(registered) == len(set(registered))
        return set(registered) >= sent

    await until(all_registered, "each file that the broker took is registered")


async def test_keys_are_replaced_while_files_come_in_and_each_is_registered_once(
    up: Up, settings: Settings, tmp_path: Path
) -> None:
    before = Settings(home=Path(shutil.copytree(up.home / "keys", tmp_path / "keys")).parent)
    elsewhere = before.model_copy(update={"nats_url": settings.nats_url})
    async with load(settings) as sent:
        for name in (
            "intake",
            "provisioner",
            "holders",
            "funding-sealing",
            "funding-fields",
            "keeper-seal",
        ):
            await rotated(name)
            assert name not in ("intake", "provisioner", "holders") or await _is_refused(
                elsewhere, name
            )
    await each_is_registered_once(settings, sent)
    new, old = (home / "keys" for home in (up.home, tmp_path))
    assert _public(new) != _public(old)
    assert FieldCipher.load(new / FIELDS_FILE).version == 2
    checkpoints = [
        LogSealed.model_validate(one) for one in await facts(settings, LogSealed, "KEEPER")
    ]
    (handed,) = [one for one in checkpoints if one.next_key]
    keys = [load_seals(folder) for folder in (old, new)]
    assert [handed.key, handed.next_key] == [public_key_of(key) for key, _ in keys]
    assert keys[1][1] == (), "the old one is gone"


async def test_links_in_letters_and_sessions_of_before_go_on_when_their_keys_are_replaced(
    up: Up, settings: Settings
) -> None:
    """Given somebody who is typing, and two letters that nobody has opened yet."""
    async with browsing() as holder, browsing() as elsewhere:
        await until(pages_answer, "the pages answer")
        filed = await draft(holder, holder__email=ADDRESS)
        await holder.send(f"/candidature/{filed}/relecture")
        proof = await link_in(up.home, "/adresse/")
        await holder.open("/acces")
        await holder.send("/acces", email=ADDRESS)
        entry = await link_in(up.home, "/acces/")
        await holder.open(f"/candidature/{filed}/projet")
        async with load(settings) as sent:
            for name in ("notify-proof", "sessions"):
                await rotated(name)
            await until(pages_answer, "the pages answer again")
            await holder.send(f"/candidature/{filed}/projet", suite="garder", **filled()["projet"])
            assert holder.address == f"/candidature/{filed}/projet?garde=oui", "the session goes on"
        await each_is_registered_once(settings, sent | {filed})

        await elsewhere.open(entry)
        await elsewhere.send(entry)
        assert "La Passerelle" in (await elsewhere.open("/dossiers")).text
        await elsewhere.open(proof)
        await elsewhere.send(proof)

        async def whole() -> bool:
            return any("La Passerelle" in letter for letter in letters(up.home))

        await until(whole, "the letter comes again, whole, since its code was taken")


async def pages_answer() -> bool:
    """Their process starts again with its keys."""
    try:
        async with browsing() as anybody:
            return (await anybody.open("/")).status == 200
    except TransportError:
        return False


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    async with AsyncClient(base_url=PAGES, follow_redirects=True) as client:
        yield Browser(client)


async def link_in(home: Path, path: str) -> str:
    """The page that the first letter to ADDRESS with such a link leads to."""
    pattern = re.compile(rf"{PAGES}({path}\S+)")

    async def found() -> str | None:
        return next((link[1] for letter in letters(home) if (link := pattern.search(letter))), None)

    return await until(found, f"a letter with {path}")


def letters(home: Path) -> list[str]:
    """To ADDRESS, as text."""
    found = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in (home / "mail").glob("*.eml")
    ]
    bodies = [letter.get_body(("plain",)) for letter in found if ADDRESS in str(letter["To"])]
    return [body.get_content() for body in bodies if body]


def _public(folder: Path) -> str:
    return SealingKey.load(folder / SEALING_FILE).public_key_base64


async def _is_refused(settings: Settings, identity: str) -> bool:
    with pytest.raises(NotConnected, match=f"does not know the key of {identity}"):
        await knock(settings, identity)
    return True


def test_a_front_end_elsewhere_has_time_for_its_new_key(
    up: Up, settings: Settings, tmp_path: Path, fabriques: Fabriques
) -> None:
    old = Settings(home=tmp_path, nats_url=settings.nats_url)
    old.key_file("reviewers").parent.mkdir()
    shutil.copy(settings.key_file("reviewers"), old.key_file("reviewers"))
    said = fabriques("keys", "rotate", "reviewers", "--overlap", home=up.home)
    assert said.code == 0 and "the old one too, until --finish" in said.out
    assert "end the old one first" in fabriques("keys", "rotate", "reviewers").err
    asyncio.run(knock(old, "reviewers"))
    asyncio.run(knock(settings, "reviewers"))
    assert fabriques("keys", "rotate", "reviewers", "--finish").code == 0
    assert asyncio.run(_is_refused(old, "reviewers"))
    assert "there is nothing to end" in fabriques("keys", "rotate", "reviewers", "--finish").err


def test_every_key_is_listed_with_what_replaces_it_and_no_other_is_taken(
    up: Up, fabriques: Fabriques
) -> None:
    rows = fabriques("keys", "list", "--json", home=up.home).data
    listed = {row["name"] for row in rows}
    there = {path.stem for path in (up.home / "keys").glob("*.nk")}
    assert there - listed == set()
    page = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    of_kinds = [row["name"] for row in rows if not row["protects"].startswith("who speaks as")]
    assert [name for name in of_kinds if f"| `{name}` |" not in page] == []
    assert "no identity nobody speaks here" in fabriques("keys", "rotate", "nobody").err
