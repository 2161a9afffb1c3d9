"""Canaries put through a whole programme are found in no file after their erasure: raw bytes are searched."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.erasures import ErasureList
from deploy.keeper import erasing
from deploy.keeper import keeper as at_work
from deploy.keeper.keeper import Keeper
from deploy.local.backup.copies import back_up, restore
from deploy.local.backup.key import make_backup_key, secret_in
from deploy.local.keys.sealed_keys import read_keys
from deploy.local.running.processes import migrate_databases
from deploy.rehearsal.test_bank import Behaviour, answer
from services.funding.bank.sealing import seal
from services.funding.tools.annual_job import Wanted, publish_tranches
from services.intake import timer
from shared.bank.answers import parts, read_answers
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract import funding as facts
from shared.contract.eligibility import EligibilityChecked
from shared.contract.intake import CandidatureErased, CandidatureWithdrawn, WaveClosed
from shared.contract.keeper import LogErased
from shared.contract.topology import PROCESSES, SERVICES
from tests.attached import attached, uploaded
from tests.command import Command
from tests.databases import lay_all
from tests.platform import Platform, until
from tests.rawfiles import holding, records_holding
from tests.servers import Bus, local_bus
from tests.submissions import submission
from tests.system.pipeline import season

IBAN = "FR7630006000011234567890189"
NAME, EMAIL, PHONE = "Zénobie Canari", "zenobie.canari@serin.example", "+33 4 70 12 34 56"
ADDRESS = "17 impasse des Serins, 03200 Vichy"
CANARIES = (NAME, EMAIL, PHONE, ADDRESS, IBAN)
CANARY = {
    "holder__representative": NAME,
    "holder__email": EMAIL,
    "holder__phone": PHONE,
    "place__address": ADDRESS,
}
TEN_YEARS_ON = "2034-06-01T10:00:00+02:00"
CARD = b"%PDF-1.7 " + f"Carte de {NAME}".encode() * 99
A_WORD = "2021-04-30T10:00:00+02:00"


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    """A server whose files these tests may read."""
    with local_bus(tmp_path_factory.mktemp("searched")) as found:
        yield found


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_work, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(timer, "LOOK_SECONDS", 0.5)


@asynccontextmanager
async def keeping(platform: Platform) -> AsyncIterator[Keeper]:
    keeper = Keeper(platform.settings)
    task = asyncio.create_task(keeper.serve())
    try:
        yield keeper
    finally:
        keeper.told_to_stop.set()
        await asyncio.gather(task, return_exceptions=True)


def found(platform: Platform, *words: str) -> list[str]:
    """The files that hold one of the canaries: of the services, of the broker, of the letters."""
    wanted = words or CANARIES
    folders = (platform.home, platform.bus.keys.parent)
    files = [path.name for folder in folders for path in holding(folder, *wanted)]
    return files + [name for each in PROCESSES for name in records(platform, each, *wanted)]


def records(platform: Platform, process: str, *words: str) -> list[str]:
    return records_holding(platform.home, process, *(words or CANARIES))


async def pay(platform: Platform, candidature: str) -> None:
    """The first tranche of a laureate, to the canary's account."""
    await season.sign(platform, candidature)
    key = (await platform.ask("funding", "sealing-key"))["public_key"]
    sealed = seal(key, {"iban": IBAN, "bic": None, "account_holder": NAME})
    body = {"candidature_id": candidature, "sealed": sealed}
    await platform.publish(
        "holders", front.BankDetailsProvided, candidature, body, at=season.SIGNING_DAY
    )

    async def known() -> str | None:
        return await season.fingerprint(platform, candidature)

    await season.verify_account(platform, candidature, await until(known, "the account is known"))
    await platform.idle("funding")
    await asyncio.to_thread(publish_tranches, platform.settings, Wanted(season.FIRST_DUE))
    await platform.fact(facts.TrancheOrdered, f"{candidature}-T1")
    await season.approve_payments(platform, "run-1", "2021-04-21T10:00:00+02:00")
    [path] = await season.export_run(platform, "run-1", "2021-04-21T11:00:00+02:00")
    reply = answer(
        path.read_bytes(), Behaviour(at=datetime.fromisoformat("2021-04-22T10:00:00+02:00"))
    )
    answers = read_answers(reply.statement)
    for number, lines in parts(answers):
        said: dict[str, Any] = {
            "statement_id": answers.statement_id, "kind": answers.kind, "part": number,
            "lines": [line.model_dump(mode="json") for line in lines],
        }  # fmt: skip
        body = season.act("bank-consumer", "accountant", **said)
        await platform.publish(
            "officers", officers.BankStatementReceived, answers.statement_id, body, at=A_WORD
        )
    await platform.fact(facts.TrancheSettled, f"{candidature}-T1")
    path.unlink()  # whoever keeps the accounts erases the bank's files with them


async def play(platform: Platform) -> list[str]:
    """Three files of one wave: a laureate who is paid, another one, and one that is declined."""
    files = [await season.submit(platform, **canary) for canary in (CANARY, {}, CANARY)]
    await platform.fact(EligibilityChecked, files[-1])
    for candidature in (files[0], files[2]):
        await attach(platform, candidature)
    for candidature, mark in zip(files, (5, 4, 1), strict=True):
        await season.review(platform, candidature, mark)
    await platform.fact(WaveClosed, "2020-4")
    await season.publish_wave(platform, "2020-4")
    await platform.fact(facts.CandidatureDeclined, files[2])
    await pay(platform, files[0])
    return files


async def attach(platform: Platform, candidature: str) -> None:
    """A file that its submission never named: it goes as well."""
    await uploaded(platform, candidature, attached(CARD), CARD)


async def handed_over(fabriques: Command, candidature: str, folder: Path) -> str:
    """What `fabriques export` gives of a dossier: the JSON and the page."""
    code, said = await fabriques("export", candidature, "-o", str(folder), "--as", "director-1")
    assert code == 0, said
    files = (folder / "dossier.html", folder / "dossier.json")
    return "".join(path.read_text(encoding="utf-8") for path in files)


async def test_after_ten_years_nobody_is_found_in_any_file_and_the_accounts_stay(
    platform: Platform, fabriques: Command, tmp_path: Path
) -> None:
    platform.settings = platform.settings.model_copy(update={"erase_due": True})
    async with platform.running(*SERVICES), keeping(platform):
        files = await play(platform)
        assert records(platform, "intake")
        assert any(name.endswith((".eml", ".blk")) for name in found(platform))
        whole = await handed_over(fabriques, files[0], tmp_path / "whole")
        assert [word for word in CANARIES if word not in whole] == [IBAN], "all but the account"
        for told in (
            "settled",
            "Versement fait",
            "La banque a répondu",
            "Un nouveau lauréat à accompagner",
        ):
            assert told in whole
        late = season.act("officer-1", candidature_id=files[1])
        await platform.publish("officers", officers.GrantSuspended, files[1], late, at=TEN_YEARS_ON)
        await platform.fact(LogErased, count=2)

        async def forgotten() -> bool:
            return not found(platform)

        await until(forgotten, "no file holds a canary")
        tranches = await season.tranche_states(platform, files[0])
        assert tranches[0] == "settled"
        assert (await platform.ask("intake", "dossier", candidature_id=files[0]))[
            "status"
        ] == "erased"
        [proof] = await platform.facts(LogErased, files[0])
        assert len(proof.data["places"]) == 5  # the file, two reviews, the agreement, the account
        assert [
            reason.data["rank"]
            for reason in await platform.facts(facts.CandidatureRanked, files[2])
        ]
        left = await handed_over(fabriques, files[0], tmp_path / "left")
        assert [word for word in CANARIES if word in left] == []
        assert "Versement fait" in left
        erased = set(ErasureList(platform.settings.erasure_list).ids)
        assert erased == {files[0], files[2]}, "the last word on the other one is of that very day"


async def test_a_request_is_carried_out_also_where_its_keeper_dies_in_the_middle(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_out, taken = erasing.take_out, []

    async def dies(client: Any, stream: str, sequence: int) -> None:
        if len(taken) == 1:
            raise RuntimeError("killed")
        taken.append(sequence)
        await take_out(client, stream, sequence)

    async with platform.running(*SERVICES):
        candidature = await season.submit(platform, **CANARY)
        await platform.fact(EligibilityChecked, candidature)
        text = {"candidature_id": candidature, "reason": f"{NAME} renonce."}
        await platform.publish(
            "holders", front.WithdrawalRequested, candidature, text, at=season.OPEN_DAY
        )
        await platform.fact(CandidatureWithdrawn, candidature)
        asked = season.act("director-1", "director", candidature_id=candidature)
        await platform.publish(
            "officers", officers.ErasureRequested, candidature, asked, at=season.OPEN_DAY
        )
        await platform.fact(CandidatureErased, candidature)
        with monkeypatch.context() as patched:
            patched.setattr(erasing, "take_out", dies)
            async with keeping(platform) as keeper:

                async def killed() -> bool:
                    return "dies" in keeper.failure

                await until(killed, "the keeper fails half way")
        assert not await platform.facts(LogErased)
        async with keeping(platform):
            proof = await platform.fact(LogErased, candidature)
            assert len(proof.data["places"]) == 2
            again, body = candidature, (await _sent_again(platform, candidature))
            await platform.publish(
                "holders", front.CandidatureSubmitted, again, body, at=season.OPEN_DAY
            )
            proof = await platform.fact(LogErased, candidature, count=2)
            assert len(proof.data["places"]) == 3

            async def last_letter_alone() -> bool:
                return [name.rpartition(".")[2] for name in found(platform)] == ["eml"]

            await until(last_letter_alone, "the last letter alone holds a canary")
        assert len(list((platform.home / "mail").glob("*.eml"))) == 1


@pytest.mark.sqlite("`fabriques backup` copies its files")
async def test_a_restored_copy_that_is_older_than_an_erasure_brings_nobody_back(
    platform: Platform, tmp_path: Path
) -> None:
    """The controls: without the list the same copy has the person in every file; sealed, in none."""
    lay_all(platform.settings)
    migrate_databases(platform.settings, PROCESSES)
    async with platform.running(*SERVICES), keeping(platform):
        candidature = await season.submit(platform, **CANARY)
        await platform.fact(EligibilityChecked, candidature)
        await attach(platform, candidature)
        for service in SERVICES:
            await platform.idle(service)
    (platform.home / "programme.toml").write_bytes(platform.settings.programme_file.read_bytes())
    file, opener_file = tmp_path / "kept" / "copy.sealed", tmp_path / "backup.key"
    make_backup_key(platform.home, opener_file)
    await back_up(platform.home, file, named=platform.settings)
    assert holding(file.parent, *CANARIES) == [], "sealed, it tells nobody anything"
    keys = read_keys(platform.home / "keys")
    for name, erased in (("with", [candidature]), ("without", [])):
        home = tmp_path / name
        _, report = await restore(file, secret_in(opener_file), home, lambda _: keys, erased)
        assert report.vanished == []
    assert holding(tmp_path / "with", *CANARIES) == []
    assert {path.suffix for path in holding(tmp_path / "without", *CANARIES)} >= {".db", ".blk"}


async def _sent_again(platform: Platform, candidature: str) -> dict[str, Any]:
    return {**submission(**CANARY)[1], "candidature_id": candidature}


async def test_control_a_purge_leaves_the_bytes_that_a_deletion_takes(platform: Platform) -> None:
    js = (await platform.connect("provisioner")).jetstream()
    for word in ("kept-canary", "purged-canary", "deleted-canary", "last-canary"):
        await platform.publish("holders", front.WithdrawalRequested, word, word.encode() * 9)

    async def written() -> bool:
        return bool(found(platform, "last-canarylast-canary"))

    await until(written, "the server has written them")
    await js.purge_stream("FRONTDESK_HOLDERS", subject="*.*.*.*.*.*.purged-canary")
    await js.delete_msg("FRONTDESK_HOLDERS", 3)
    assert found(platform, "purged-canarypurged-canary"), "without secure deletion it is there"
    assert not found(platform, "deleted-canarydeleted-canary")


def test_the_list_of_erasures_tells_what_is_no_erasure(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    erased_at = datetime.fromisoformat(TEN_YEARS_ON)
    ErasureList(path).add("a-dossier", erased_at)
    ErasureList(path).add("a-dossier", erased_at)
    assert (ErasureList(path).ids, len(path.read_text().splitlines())) == (["a-dossier"], 1)
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="line 1: this is no erasure"):
        ErasureList(path)
