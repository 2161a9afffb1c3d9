"""The community of a rehearsal: meetings announced and called off, answers, who came; peers who answer."""

from collections.abc import Iterable
from datetime import timedelta

from deploy.rehearsal import acts
from deploy.rehearsal.clients import Saying
from deploy.rehearsal.season import Season
from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.programme.model import Gathering

YEAR = timedelta(days=365)
ANSWERING = 60  # guests of each meeting, of whom each third says no
HOPING = 5  # pairs of a wave of whom one says yes, and waits for an answer that never comes
SILENT = 5  # pairs of whom neither answers
PLANNED = "Programme de la communauté."
CALLED_OFF = "La salle n'est plus disponible."


async def play_meetings(season: Season) -> None:
    """Those of the coming year are announced and answered; then one of them is called off."""
    today = season.clients.clock.today
    ahead = [one for one in season.programme.agenda if today < one.starts_on <= today + YEAR]
    await season.settle(_announced(one, PLANNED) for one in ahead)
    season.tally.meetings += ahead
    for one in ahead:
        found = await season.clients.ask("notify", "answers", gathering=one.id)
        guests = [guest["candidature_id"] for guest in found["guests"]]
        await season.settle(_answers(season, one, sorted(guests)[:ANSWERING]))
    regional = [one for one in ahead if one.departments]
    await season.settle(
        _announced(one.model_copy(update={"cancelled": True}), CALLED_OFF) for one in regional[:1]
    )


async def play_attendance(season: Season) -> None:
    """Whoever said yes to a meeting that is over came to it."""
    over = [one for one in season.tally.meetings if one.ends_on < season.clients.clock.today]
    season.tally.meetings = [one for one in season.tally.meetings if one not in over]
    noted = []
    for one in over:
        found = await season.clients.ask("notify", "answers", gathering=one.id)
        present = [guest["candidature_id"] for guest in found["guests"] if guest["answer"] == "yes"]
        if present:
            noted.append(
                acts.officer(
                    b.AttendanceNoted, one.id, "Feuille de présence.", {"present": present}
                )
            )
    await season.settle(noted)


async def play_peers(season: Season) -> None:
    """Of a wave: one who is asked to help declines, and is replaced; then most agree. Some never answer."""
    for helped, helper in (await _asked(season))[:1]:
        await season.settle([_answer(season, helper, helped, accepts=False)])
    asked = await _asked(season)
    agreeing = max(len(asked) - HOPING - SILENT, len(asked) // 2)
    both = [pair for one in asked[:agreeing] for pair in (one, one[::-1])]
    hoping = asked[agreeing : agreeing + HOPING]
    await season.settle(_answer(season, me, peer, accepts=True) for me, peer in (*both, *hoping))


async def _asked(season: Season) -> list[tuple[str, str]]:
    """Who is helped, and by whom, where nobody has answered yet."""
    found = await season.clients.ask("notify", "peers")
    return sorted(
        (pair["helped"], pair["helper"]) for pair in found["pairs"] if not pair["agreed_by"]
    )


def _announced(one: Gathering, reason: str) -> Saying:
    fields = one.model_dump(mode="json")
    return acts.officer(b.GatheringAnnounced, fields.pop("id"), reason, fields)


def _answers(season: Season, meeting: Gathering, guests: Iterable[str]) -> list[Saying]:
    return [
        acts.holder(
            f.InvitationAnswered,
            season.cast.known[guest],
            {"gathering": meeting.id, "comes": place % 3 != 0, "people": 1 + place % 2},
        )
        for place, guest in enumerate(guests)
    ]


def _answer(season: Season, one: str, peer: str, *, accepts: bool) -> Saying:
    return acts.holder(f.PeerAnswered, season.cast.known[one], {"peer": peer, "accepts": accepts})
