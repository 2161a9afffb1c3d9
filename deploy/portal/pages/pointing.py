"""A place shown by a click on a map: the department first, then the point, without a script."""

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from deploy.portal.french import degrees
from deploy.portal.map_svg import OUTLINES, department
from deploy.portal.place_map import SIDE, clickable, departments_to_click, view_of
from deploy.portal.web import Visit
from shared.contract.identity import is_digits


async def where(visit: Visit) -> Response:
    """A browser sends the pixel that was clicked as `point.x` and `point.y`; a key sends the corner."""
    chosen = visit.asked.get("departement", "")
    if chosen not in OUTLINES:
        return visit.page(
            "where.html",
            chosen="",
            departments=[(code, department(code)) for code in OUTLINES],
            picture=departments_to_click("/carte"),
        )
    across, down = (_pixel(visit.asked.get(f"point.{axis}", "")) for axis in "xy")
    if not across or not down:
        return visit.page("where.html", chosen=chosen, missed="point.x" in visit.asked)
    latitude, longitude = view_of(chosen).degrees(across, down)
    place = {"place.latitude": degrees(latitude), "place.longitude": degrees(longitude)}
    return visit.go(f"/eligibilite?{urlencode(place | {'carte': chosen})}")


def _pixel(text: str) -> int:
    """0 for what is no pixel of the picture."""
    if not is_digits(text) or len(text) > 3:
        return 0
    return int(text) if int(text) <= SIDE else 0


async def department_picture(visit: Visit) -> Response:
    code = visit.path["department"]
    if code not in OUTLINES:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(clickable(code), media_type="image/svg+xml", headers=headers)
