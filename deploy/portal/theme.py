"""How the pages look where somebody brings a theme: a folder with a stylesheet, and what stands for the logo.

    style.css    in the place of ours; it may begin with `@import "/static/style.css"` and change what it must
    brand.html   HTML in the place of the programme's name at the head of each page; optional
    the rest     pictures and fonts, at /theme/

Nothing else of a page is replaced, so that no theme can forget a token or a label.
"""

from dataclasses import dataclass
from pathlib import Path

OUR_STYLE = "/static/style.css"
STYLE, BRAND = "style.css", "brand.html"


class ThemeInvalid(ValueError):
    """A folder that is no theme."""


@dataclass(frozen=True, slots=True)
class Theme:
    """`folder` is None for our own; `brand` is HTML, empty for our own."""

    folder: Path | None = None
    brand: str = ""

    @property
    def stylesheet(self) -> str:
        return f"/theme/{STYLE}" if self.folder else OUR_STYLE


OURS = Theme()


def load_theme(folder: Path | None) -> Theme:
    """Raises ThemeInvalid."""
    if folder is None:
        return OURS
    if not (folder / STYLE).is_file():
        raise ThemeInvalid(f"FABRIQUES_PORTAL_THEME: {folder} has no {STYLE}")
    brand = folder / BRAND
    return Theme(folder, brand.read_text(encoding="utf-8") if brand.is_file() else "")
