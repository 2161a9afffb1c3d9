"""`wave report`: one HTML file with nothing outside it, to print or to read with a screen reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.funding.domain.selection.cutoffs import Cutoff, awarded_cents, cutoffs, laureates_of
from services.funding.domain.selection.values import Ranked, Result, WaveInputs
from services.funding.domain.selection.wording import OUTCOMES, criterion_name, euros, marks, zone_name
from services.funding.tools.selection.picture import Picture, picture_of
from shared.contract.values import Outcome

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class WaveSheet:
    """One wave of the report. `titles` names dossiers for people (by id); an id alone stands for itself."""

    wave: str
    inputs: WaveInputs
    result: Result
    titles: Mapping[str, str] = field(default_factory=dict)


def render_report(title: str, waves: Sequence[WaveSheet]) -> str:
    """The page, in French: the use of quotas and envelope over the waves, then each wave with its list.

    The same waves give the same bytes: the page says no date of its own.
    """
    template = TEMPLATES.get_template("report.html")
    sections = [_section(number, sheet) for number, sheet in enumerate(waves, 1)]
    return template.render(title=title, waves=sections, total_cents=euros(sum(awarded_cents(s.result) for s in waves)))


def _section(number: int, sheet: WaveSheet) -> dict[str, Any]:
    inputs, result = sheet.inputs, sheet.result
    spent = awarded_cents(result)
    return {
        "anchor": f"vague-{number}",
        "name": sheet.wave,
        "counts": [(OUTCOMES[outcome], _count(result, outcome)) for outcome in Outcome],
        "zones": [_zone_row(cutoff) for cutoff in cutoffs(inputs, result)],
        "laureates": len(laureates_of(result.ranking)),
        "spent": euros(spent),
        "envelope": euros(inputs.envelope_left_cents),
        "envelope_percent": _percent(spent, inputs.envelope_left_cents),
        "picture": _picture(number, sheet),
        "rows": [_row(entry, sheet.titles) for entry in result.ranking],
        "tie_break": ", ".join(map(criterion_name, inputs.policy.tie_break)),
        "digests": (result.digest, result.inputs_digest, result.policy_digest),
    }


def _picture(number: int, sheet: WaveSheet) -> Picture:
    return picture_of(f"image-{number}", sheet.result, cutoffs(sheet.inputs, sheet.result), sheet.inputs.policy)


def _count(result: Result, outcome: Outcome) -> int:
    return sum(entry.outcome is outcome for entry in result.ranking)


def _zone_row(cutoff: Cutoff) -> dict[str, Any]:
    return {
        "name": zone_name(cutoff.zone),
        "laureates": cutoff.laureates,
        "places": cutoff.places,
        "percent": _percent(cutoff.laureates, cutoff.places),
        "rank": cutoff.rank or "—",
        "score": "—" if cutoff.score is None else marks(cutoff.score),
        "awarded": euros(cutoff.awarded_cents),
    }


def _row(entry: Ranked, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "rank": entry.rank,
        "id": entry.id,
        "title": titles.get(entry.id, ""),
        "score": marks(entry.score),
        "compared": " · ".join(map(str, entry.tie_break)),
        "outcome": OUTCOMES[entry.outcome],
        "kind": entry.outcome.value,
        "zone": zone_name(entry.zone),
        "awarded": euros(sum(entry.awarded_cents)) if entry.awarded_cents else "—",
        "reasons": [reason.message for reason in entry.reasons],
    }


def _percent(part: int, whole: int) -> int:
    return 0 if whole == 0 else min(100, part * 100 // whole)
