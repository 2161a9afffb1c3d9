"""What the benchmark prints and keeps."""

import json
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure, Findings, nested, rounded


def results(findings: Findings, quick: bool, seconds: float) -> dict[str, Any]:
    """What results.json holds: each figure by its name, then how it was found."""
    return {
        **nested(findings.figures),
        "bars": {figure.name: _told(figure) for figure in findings.figures},
        "reached": all(figure.reached is not False for figure in findings.figures),
        "details": findings.data,
        "notes": findings.notes,
        "session": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "sizes": "quick" if quick else "full",
            "seconds": round(seconds),
            "cores": psutil.cpu_count(),
            "python": platform.python_version(),
            "machine": platform.machine(),
        },
    }


def write(path: Path, data: dict[str, Any]) -> None:
    """Readers see the old results or the new ones, never half of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)


def show(console: Console, findings: Findings) -> None:
    for table in (_table(findings.figures), *findings.tables):
        console.print(table)
    for note in findings.notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def verdict(figure: Figure) -> str:
    if figure.reached is None:
        return ""
    return "reached" if figure.reached else "NOT REACHED"


def _table(figures: Iterable[Figure]) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    for column, justify in (
        ("figure", "left"),
        ("median", "right"),
        ("", "left"),
        ("bar", "left"),
        ("", "left"),
    ):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    table.add_column("lowest … highest of n", overflow="fold")
    table.add_column("how", overflow="fold")
    for figure in figures:
        style = {True: "green", False: "bold red", None: ""}[figure.reached]
        bar = "" if figure.bar is None else str(figure.bar)
        reached = f"[{style}]{verdict(figure)}[/]" if style else ""
        table.add_row(
            figure.name,
            _number(figure.value),
            figure.unit,
            bar,
            reached,
            _spread(figure),
            figure.detail,
        )
    return table


def _spread(figure: Figure) -> str:
    if len(figure.runs) < 2:
        return ""
    return f"{_number(min(figure.runs))} … {_number(max(figure.runs))} of {len(figure.runs)}"


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.3g}"


def _told(figure: Figure) -> dict[str, Any]:
    return {
        "value": rounded(figure.value),
        "unit": figure.unit,
        "bar": None if figure.bar is None else str(figure.bar),
        "reached": figure.reached,
        "runs": [rounded(run) for run in figure.runs],
        "how": figure.detail,
    }
