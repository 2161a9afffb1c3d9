"""What templates are drawn with, by the portal and by whoever has its frame."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from deploy.portal import french
from deploy.portal.theme import OURS, Theme
from deploy.portal.typography import Typography
from shared.programme import Programme

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
TEMPLATES = FOLDER / "templates"


def environment(
    programme: Programme,
    *folders: Path,
    theme: Theme = OURS,
    undefined: type[StrictUndefined] = StrictUndefined,
) -> Environment:
    """Everything is escaped. The first of the folders that has a template gives it."""
    found = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=undefined,
        extensions=[Typography],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters |= {"euros": french.euros, "grouped": french.grouped}
    found.globals |= {
        "programme": programme,
        "stylesheet": theme.stylesheet,
        "brand": Markup(theme.brand),  # noqa: S704 - whoever runs the pages wrote it
        "number": french.number,
        "city_time": french.city_time(programme.zone),
    }
    return found
