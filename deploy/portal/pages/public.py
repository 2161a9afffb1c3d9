"""What everybody may read: the call, eligibility, the calendar, the results, what happens to data."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from deploy.portal.bus import PlatformAway
from deploy.portal.forms.candidature import COMMUNE, PLACE, commune_of
from deploy.portal.forms.fields import Mistake, Typed, Wrong, typed_from, value_of
from deploy.portal.french import degrees
from deploy.portal.geocoder import ADDRESS_LENGTH_MIN, Found, Geocoder, GeocoderAway
from deploy.portal.laureates import by_department, listed_in, results_of
from deploy.portal.limits import LOOKING_UP
from deploy.portal.map_svg import counted, map_of
from deploy.portal.place_map import point_picture
from deploy.portal.web import Visit
from deploy.portal.words import REGIONS, need
from shared.reference import Commune

LISTED_MAX = 60  # beside the map, in a page of 150 kB at most
PAGE_DIGITS_MAX = 3
ADDRESS = "place.address"
ASKED = (ADDRESS, COMMUNE, "place.latitude", "place.longitude", "place.declared_qpv")
PLACE_FIELDS = tuple(field for field in PLACE if field.name in ASKED)
POINT = ("place.latitude", "place.longitude")


@dataclass(frozen=True, slots=True)
class WaveLine:
    """A wave as a reader sees it now. `deadline` is the first instant that is late."""

    wave: str
    opens_at: datetime
    deadline: datetime
    stage: str
    registered: int


async def call(visit: Visit) -> Response:
    return visit.page("call.html", waves=await waves_of(visit))


async def calendar(visit: Visit) -> Response:
    return visit.page("calendar.html", waves=await waves_of(visit))


async def waves_of(visit: Visit) -> list[WaveLine]:
    """As the counter tells them; as the programme file says while the platform is away."""
    now = visit.portal.now()
    try:
        told = await visit.portal.recent.calendar()
    except PlatformAway:
        programme = visit.portal.programme
        lines = [
            (wave, programme.opening(wave), programme.deadline(wave)) for wave in programme.waves
        ]
        return [
            WaveLine(wave.id, opens, deadline, _stage(opens, deadline, now, closed=False), 0)
            for wave, opens, deadline in lines
        ]
    found = []
    for line in told:
        opens = datetime.fromisoformat(line["opens_at"])
        deadline = datetime.fromisoformat(line["deadline"])
        stage = _stage(opens, deadline, now, line["closed"])
        found.append(WaveLine(line["wave"], opens, deadline, stage, line["registered"]))
    return found


def _stage(opens: datetime, deadline: datetime, now: datetime, closed: bool) -> str:
    if closed or now >= deadline:
        return "close"
    return "ouverte" if now >= opens else "à venir"


async def eligibility(visit: Visit) -> Response:
    """The question is in the address: an answer can be kept, shown, and asked again."""
    asked = {
        field.name: visit.asked.get(field.name, "")[: field.length_max] for field in PLACE_FIELDS
    }
    geocoder = visit.portal.geocoder if "trouver" in visit.asked else None
    if geocoder:
        return await _looked_up(visit, asked, geocoder)
    answer, picture, mistakes = await _answered(visit, asked) if visit.asked else (None, "", [])
    is_told = bool(asked[COMMUNE].strip())
    meant = visit.portal.places.meant(asked[COMMUNE]) if is_told else []
    # A replica of the release before does not tell what a point means.
    if answer and not is_told and answer.get("point_tells"):
        asked[COMMUNE] = visit.portal.places.label(answer["point_tells"])
    clicked = visit.asked.get("carte", "")
    # A click is right to two or three kilometres: a dossier wants the point itself.
    left_out = POINT if clicked else ()
    return _eligibility_page(
        visit,
        asked,
        mistakes,
        meant=meant,
        answer=answer,
        supposed=not is_told,
        picture=picture,
        clicked=clicked,
        kept={name: given for name, given in asked.items() if given and name not in left_out},
    )


def place_in(form: Mapping[str, list[str]]) -> Typed:
    """What a form or an address says of a place, as a draft keeps it."""
    return {name: given for name, given in typed_from(PLACE_FIELDS, form).items() if given}


def _eligibility_page(
    visit: Visit,
    typed: Typed,
    mistakes: list[Mistake],
    meant: Sequence[Commune] = (),
    **more: Any,
) -> Response:
    return visit.page(
        "eligibility.html",
        status=422 if mistakes else 200,
        fields=PLACE_FIELDS,
        typed=typed,
        mistakes=mistakes,
        meant=meant,
        **more,
    )


async def _looked_up(visit: Visit, asked: dict[str, str], geocoder: Geocoder) -> Response:
    """The places that an address may mean: each is a question that its reader asks by a click."""
    address = asked[ADDRESS].strip()
    if len(address) < ADDRESS_LENGTH_MIN:
        told = Mistake(ADDRESS, "Écrivez l'adresse à trouver, avec sa commune.")
        return _eligibility_page(visit, asked, [told])
    visit.limit(LOOKING_UP)
    ways_out = "Indiquez la commune, ou montrez le lieu sur la carte."
    try:
        found = await geocoder.find(address)
    except GeocoderAway:
        told = Mistake("", f"{geocoder.host} ne répond pas pour l'instant. {ways_out}")
        return _eligibility_page(visit, asked, [told])
    if not found:
        told = Mistake(ADDRESS, f"{geocoder.host} ne trouve pas cette adresse. {ways_out}")
        return _eligibility_page(visit, asked, [told])
    places = [(one.label, asked | _place_found(visit, one)) for one in found]
    return _eligibility_page(visit, asked, [], places=places)


def _place_found(visit: Visit, found: Found) -> dict[str, str]:
    """As it would have been typed. A commune that is not known is told by its point."""
    commune = visit.portal.places.named(found.commune_code)
    return {
        ADDRESS: found.label,
        COMMUNE: visit.portal.places.label(commune.code) if commune else "",
        "place.latitude": degrees(found.latitude),
        "place.longitude": degrees(found.longitude),
    }


async def _answered(
    visit: Visit, asked: dict[str, str]
) -> tuple[dict[str, Any] | None, str, list[Mistake]]:
    """The answer and the picture of the point; or None, and every mistake."""
    has_point = asked["place.latitude"] and asked["place.longitude"]
    if not asked[COMMUNE].strip() and not has_point:
        return None, "", [Mistake(COMMUNE, "Indiquez la commune.")]
    place, mistakes = _place_of(visit, asked)
    if mistakes:
        return None, "", mistakes
    answer = await _checked(visit, place)
    if "error" in answer:
        return None, "", [Mistake("", answer["message"])]
    return answer, _pointed(visit, place, answer), []


async def _checked(visit: Visit, place: dict[str, Any]) -> dict[str, Any]:
    """A point without a commune is taken for that of the nearest town hall, which the page says."""
    answer = await visit.portal.bus.ask("eligibility", "check", **place)
    likely = answer.get("point_tells")
    if not likely or "commune_code" in place:
        return answer
    found = await visit.portal.bus.ask("eligibility", "check", **place, commune_code=likely)
    return found | {"point_tells": likely}


def _pointed(visit: Visit, place: dict[str, Any], answer: dict[str, Any]) -> Markup:
    """The point on the map of its department: that of the commune, else the one that was clicked."""
    if "latitude" not in place or "longitude" not in place:
        return Markup("")
    commune = visit.portal.places.named(answer["commune_code"] or "")
    code = commune.department if commune else visit.asked.get("carte", "")
    return point_picture(code, place["latitude"], place["longitude"])


def _place_of(visit: Visit, asked: dict[str, str]) -> tuple[dict[str, Any], list[Mistake]]:
    """The body of the question, without what was left blank; or every mistake."""
    place: dict[str, Any] = {}
    mistakes = []
    for field in PLACE_FIELDS:
        try:
            place[field.name.removeprefix("place.")] = value_of(field, asked)
        except Wrong as wrong:
            mistakes.append(Mistake(field.name, field.wrong or str(wrong)))
    place["commune_code"], doubt = commune_of(visit.portal.places, asked[COMMUNE])
    if doubt:
        mistakes.append(doubt)
    return {name: value for name, value in place.items() if value is not None}, mistakes


async def communes(visit: Visit) -> Response:
    """What a name may mean, for the script that helps to write it."""
    meant = visit.portal.places.meant(visit.asked.get("q", "")[:100])
    names = [f"{commune.name} ({commune.code})" for commune in meant]
    return JSONResponse(names, headers={"Cache-Control": "public, max-age=3600"})


async def results(visit: Visit) -> Response:
    laureates = results_of(visit.portal.places, await visit.portal.recent.laureates())
    wave = visit.asked.get("vague", "")
    zone = visit.asked.get("zone", "")
    department = visit.asked.get("departement", "")
    found = [one for one in laureates if wave in ("", one.wave) and zone in ("", one.zone)]
    choice = {"vague": wave, "zone": zone}
    departments = counted(by_department(found), "/resultats", choice)
    chosen = [one for one in found if department in ("", one.department)]
    return visit.page(
        "results.html",
        **visit.part_of(chosen, LISTED_MAX, PAGE_DIGITS_MAX),
        total=len(laureates),
        waves=sorted({one.wave for one in laureates}),
        wave=wave,
        zone=zone,
        choice=choice,
        department=department,
        departments=departments,
        picture=map_of(departments, "Carte des lauréats par département", department),
    )


async def directory(visit: Visit) -> Response:
    """The laureates who want to be found, and what they share with everybody."""
    listed, shared = await asyncio.gather(
        visit.portal.recent.directory(), visit.portal.recent.commons()
    )
    found = listed_in(visit.portal.places, listed)
    offer = visit.asked.get("propose", "")
    region = visit.asked.get("region", "")
    department = visit.asked.get("departement", "")
    there = [one for one in found if one.offers_what(offer) and region in ("", one.region)]
    choice = {"propose": offer, "region": region}
    departments = counted(by_department(there), "/annuaire", choice)
    chosen = [one for one in there if department in ("", one.department)]
    commons = sorted(shared, key=lambda one: str(one["title"]).casefold())
    return visit.page(
        "directory.html",
        **visit.part_of(chosen, LISTED_MAX, PAGE_DIGITS_MAX),
        total=len(found),
        offers=sorted({code for one in found for code in one.offers}, key=need),
        offer=offer,
        region=region,
        choice=choice,
        department=department,
        departments=departments,
        picture=map_of(departments, "Carte de l'annuaire par département", department),
        present=sorted(
            {(REGIONS[one.region], one.region) for one in found if one.region in REGIONS}
        ),
        commons=visit.part_of(commons, LISTED_MAX, PAGE_DIGITS_MAX, "communs"),
    )


async def impact(visit: Visit) -> Response:
    """What the accepted reports add up to, by year of the grants."""
    found = await visit.portal.recent.impact()
    years = {int(year) for one in found["indicators"] for year in one["by_year"]}
    return visit.page("impact.html", impact=found, years=sorted(years))


async def data(visit: Visit) -> Response:
    return visit.page("data.html")


async def accessibility(visit: Visit) -> Response:
    return visit.page("accessibility.html")


async def health(visit: Visit) -> Response:
    """For whoever watches the process: 200 once the platform can be reached."""
    there = visit.portal.bus.is_there
    return JSONResponse(
        {"ready": there}, 200 if there else 503, headers={"Cache-Control": "no-store"}
    )
