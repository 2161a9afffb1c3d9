"""`fabriques doctor`: what is wrong with the platform, and what to do about it."""

import asyncio
from dataclasses import asdict

import typer

from deploy.cli.connection.whereabouts import kept_platform
from deploy.cli.doctor.examination import CHECKS, examine
from deploy.cli.doctor.finding import STATUS, Finding, worst
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import OneLine, print_json, print_line, print_lines

app = typer.Typer()
COLOURS = {"warning": "bold yellow", "error": "bold red"}


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at the bus, its accounts, services, databases, clocks, disk and keys, at mail and at what waits.

    Each finding is one line with what to do. Nothing is changed. The exit code is for monitoring:
    0 all is well, 1 something waits for a person (warnings), 2 work that should go on does not (errors).
    """
    findings = asyncio.run(examine(kept_platform()))
    code = worst(findings)
    if as_json:
        rows = [asdict(finding) for finding in findings]
        print_json({"status": STATUS[code], "checks": list(CHECKS), "findings": rows})
    else:
        print_lines(map(_line, findings))
        print_line(f"{len(CHECKS)} checks: {_counted(findings)}.")
    raise typer.Exit(code)


def _line(finding: Finding) -> OneLine:
    text = OneLine(f"{finding.level:<7}", style=COLOURS[finding.level])
    text.append(f"  {finding.check}: ", style="not bold default")
    text.append(finding.what, style="not bold default")
    text.append(f" → {finding.todo}", style="not bold cyan")
    return text


def _counted(findings: list[Finding]) -> str:
    errors = sum(finding.level == "error" for finding in findings)
    if not findings:
        return "all is well"
    return f"{errors} errors, {len(findings) - errors} warnings"
