"""Letters that no rehearsal plays, as they leave."""

from shared.contract import funding, intake
from tests.broker.notified import mails, plain, registered, sent, submit
from tests.platform import Platform
from tests.reading_letters import faults_of


async def test_letters_of_rare_facts_leave_whole(platform: Platform) -> None:
    """What no rehearsal plays: a wave that is open again, an account that cannot be paid."""
    refused = [
        {"code": "account-in-xpf", "field": None, "message": "Ce compte est en francs Pacifique."}
    ]
    async with platform.running("notify"):
        dossier = await submit(platform)
        await platform.publish("intake", intake.CandidatureRegistered, dossier, registered(dossier))
        moved = {
            "candidature_id": dossier, "wave": "2020-4", "deadline": "2021-01-15T23:00:00Z",
            "answer_due_on": "2021-03-15", "complete": True, "reopened": True,
        }  # fmt: skip
        await platform.publish("intake", intake.CandidatureDeadlineMoved, dossier, moved)
        account = {"candidature_id": dossier, "reasons": refused}
        await platform.publish("funding", funding.BankDetailsRefused, dossier, account)
        assert set(await sent(platform, dossier, 3)) == {
            "receipt",
            "deadline_moved",
            "account_refused",
        }
    read = mails(platform).values()
    letters = {str(mail["Subject"]): " ".join(plain(mail).split()) for mail in read}
    [opened] = [
        text
        for subject, text in letters.items()
        if "La vague 2020-4 est de nouveau ouverte" in subject
    ]
    assert "elle se ferme le 15 janvier 2021 à minuit" in opened and "15 mars 2021" in opened
    assert any("Ce compte est en francs Pacifique." in text for text in letters.values())
    assert [faults_of(*one) for one in letters.items()] == [[]] * 3
