"""`wave report`: one HTML file with nothing outside it, to print or to read with a screen reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.funding.domain.selection.cutoffs import (
    Cutoff,
    awarded_cents,
    count_of,
    cutoffs,
    laureates_of,
    percent,
)
from services.funding.domain.selection.french import (
    OUTCOMES,
    criterion_name,
    euros,
    marks,
    zone_name,
)
from services.funding.domain.selection.values import Ranked, Result, WaveInputs
from services.funding.tools.selection.picture import picture_of
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
    sections = [_section(number, sheet) for number, sheet in enumerate(waves, start=1)]
    total_cents = sum(awarded_cents(sheet.result) for sheet in waves)
    return template.render(title=title, waves=sections, total_cents=euros(total_cents))


def _section(number: int, sheet: WaveSheet) -> dict[str, Any]:
    inputs = sheet.inputs
    result = sheet.result
    spent = awarded_cents(result)
    zones = cutoffs(inputs, result)
    return {
        "anchor": f"vague-{number}",
        "name": sheet.wave,
        "counts": [(OUTCOMES[outcome], count_of(result, outcome)) for outcome in Outcome],
        "zones": [_zone_row(cutoff) for cutoff in zones],
        "laureates": len(laureates_of(result.ranking)),
        "spent": euros(spent),
        "envelope": euros(inputs.envelope_left_cents),
        "envelope_percent": percent(spent, inputs.envelope_left_cents),
        "picture": picture_of(f"image-{number}", result, zones, inputs.policy),
        "rows": [_row(entry, sheet.titles) for entry in result.ranking],
        "tie_break": ", ".join(map(criterion_name, inputs.policy.tie_break)),
        "digests": (result.digest, result.inputs_digest, result.policy_digest),
    }


def _zone_row(cutoff: Cutoff) -> dict[str, Any]:
    return {
        "name": zone_name(cutoff.zone),
        "laureates": cutoff.laureates,
        "places": "sans limite" if cutoff.places is None else cutoff.places,
        "percent": None if cutoff.places is None else percent(cutoff.laureates, cutoff.places),
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
