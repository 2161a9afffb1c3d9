"""What is done for laureates: an interview each, then steps year by year, some late, dropped, reopened."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from deploy.rehearsal import acts
from deploy.rehearsal.applicants import Applicant
from deploy.rehearsal.clients import Saying
from deploy.rehearsal.season import Season
from shared.contract import frontdesk as f
from shared.contract import support as s
from shared.contract.asked import PAGE_MAX

WORKED = ("team", "association", "mentor", "holder")
INTRODUCTION = "introduction"
BOTH = ("helped", "helper")
RETURNED_OF, DROPPED_OF, REOPENED_OF, MET_LATE_OF = 11, 17, 13, 5  # one in so many


async def hold_interviews(season: Season, laureates: Iterable[Applicant]) -> None:
    """What the file declares is agreed; the association takes those who were introduced to it."""
    known = {one.candidature_id: one for one in laureates}
    await season.settle(_interview(one) for one in known.values())
    introduced = await _of_association(season, known)
    await season.settle(
        _said(s.StepAgreed, step, "Bienvenue.") for step in introduced if _is_proposed(step)
    )


async def meet_the_introduced(season: Season, laureates: Iterable[Applicant]) -> None:
    """Most are met within days; for some nobody is free before the next year, and that is late."""
    known = {one.candidature_id for one in laureates}
    introduced = [
        step for step in await _of_association(season, known) if step["step"] == INTRODUCTION
    ]
    soon = [step for step in introduced if _lot(step) % MET_LATE_OF]
    await season.settle(_said(s.StepFinished, step, "Premier échange tenu.") for step in soon)


async def work_on_steps(season: Season, year: int) -> None:
    """The most urgent first, and not all of them: each year leaves some for the next."""
    steps = [step for owner in WORKED for step in await _live(season, owner)]
    steps = [step for step in steps if step["step"] != "peers"]
    by_association = [step for step in steps if step["owner"] == "association"]
    by_team = [step for step in steps if step["owner"] != "association"]
    mentors = await _mentors(season)
    await season.settle(_year_of_association(by_association, year))
    done = _year_of_team(season, by_team, mentors, year)
    await season.settle(sorted(done, key=lambda saying: saying.identity))
    if year == 2:
        await season.settle(_reopened(season))


def _interview(applicant: Applicant) -> Saying:
    needs = {"needs": applicant.file["project"]["support_needs"]}
    return acts.officer(
        s.InterviewHeld, applicant.candidature_id, "Entretien par téléphone.", needs
    )


def _year_of_association(steps: Iterable[dict[str, Any]], year: int) -> Iterator[Saying]:
    for step in steps:
        lot = _lot(step)
        if _is_proposed(step):
            yield _said(s.StepAgreed, step, "Convenu avec le porteur.")
        elif lot % RETURNED_OF == 0:
            yield _said(s.StepReturned, step, "Personne n'est disponible près de ce lieu.")
        elif (lot + year) % 3:
            yield _said(s.StepStarted, step, "Premier atelier tenu.")
            yield _said(s.StepFinished, step, "Trois ateliers, un plan d'action adopté.")


def _year_of_team(
    season: Season, steps: Iterable[dict[str, Any]], mentors: Mapping[str, str], year: int
) -> Iterator[Saying]:
    """It notes what mentors did who are no peers, and gives to a mentor what came back."""
    for step in steps:
        lot = _lot(step)
        if step["returned"]:
            yield _said(s.StepAssigned, step, "Une Fabrique voisine s'en charge.", owner="mentor")
        elif _is_proposed(step):
            yield _said(s.StepAgreed, step, "Convenu par téléphone.")
        elif lot % DROPPED_OF == 0:
            yield _said(s.StepDropped, step, "Le porteur a trouvé une réponse ailleurs.")
        elif (lot + year) % 2:
            yield _done(season, step, mentors)


def _done(season: Season, step: dict[str, Any], mentors: Mapping[str, str]) -> Saying:
    """Holders say themselves what they did, and mentors where both agreed to be peers."""
    laureate = step["candidature_id"]
    said = {"step": step["step"], "done": True, "said": "C'est fait, avec l'équipe du lieu."}
    if step["owner"] == "holder":
        return acts.holder(f.StepReported, season.cast.known[laureate], said)
    if step["owner"] == "mentor" and laureate in mentors:
        mentor = season.cast.known[mentors[laureate]]
        return acts.holder(f.StepReported, mentor, {**said, "helped": laureate})
    return _said(s.StepFinished, step, "Fait : le porteur le confirme.")


def _reopened(season: Season) -> Iterator[Saying]:
    """Some interviews of the first year are to be held once more."""
    for key in sorted(season.receipts):
        if int(key[-4:], 16) % REOPENED_OF == 0:
            yield acts.officer(
                s.StepReopened, key, "L'équipe du lieu a changé.", {"step": "first-interview"}
            )


async def _mentors(season: Season) -> dict[str, str]:
    """Who helps whom, of those who both agreed."""
    pairs = (await season.clients.ask("notify", "peers"))["pairs"]
    return {pair["helped"]: pair["helper"] for pair in pairs if len(pair["agreed_by"]) == len(BOTH)}


async def _of_association(season: Season, candidature_ids: Container[str]) -> list[dict[str, Any]]:
    """What it has to do for these."""
    steps = await _live(season, "association")
    return [step for step in steps if step["candidature_id"] in candidature_ids]


async def _live(season: Season, owner: str) -> list[dict[str, Any]]:
    told = await season.clients.ask("notify", "support-steps", owner=owner, limit=PAGE_MAX)
    return list(told["steps"])


def _said(kind: type[s.StepAct], step: dict[str, Any], reason: str, **more: Any) -> Saying:
    """By whom the step is: the association through its own front-end, all else by the team."""
    said = {"step": step["step"], **more}
    if step["owner"] == "association":
        return acts.partner(kind, step["candidature_id"], reason, said)
    return acts.officer(kind, step["candidature_id"], reason, said)


def _is_proposed(step: dict[str, Any]) -> bool:
    return bool(step["state"] == "proposed")


def _lot(step: dict[str, Any]) -> int:
    """The same step has the same lot in every rehearsal."""
    return int(step["candidature_id"][-4:], 16) + len(step["step"])
