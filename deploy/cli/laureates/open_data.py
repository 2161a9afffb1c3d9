"""`fabriques open-data`: the grants as the SCDL table "subventions"."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.connection.bus import with_bus
from deploy.cli.connection.whereabouts import data_of, home, kept_platform
from deploy.cli.laureates.commons import write_commons
from deploy.cli.laureates.directory import write_directory
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import as_data, euros, print_json, print_line, print_table
from services.funding.tools.open_data.commands import (
    export_awards,
    export_impact,
    export_open_data,
    open_data_deadlines,
)

app = typer.Typer(no_args_is_help=True)


@app.callback()
def open_data() -> None:
    """What is published: the grants, as the law asks, and what they achieved."""


@app.command()
def export(
    path: Annotated[
        Path | None, typer.Argument(help="<home>/open-data/subventions.csv by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the grants as CSV, 16 columns in the order of the national schema."""
    file = path or home() / "open-data" / "subventions.csv"
    with data_of(kept_platform(), "funding") as settings:
        exported = export_open_data(settings, file)
    if as_json:
        print_json({"written": str(file), "left_out": exported.left_out})
        return
    print_line(f"Written: {file}")
    if exported.left_out:
        print_line(f"Left out, as nobody knows their SIRET: {', '.join(exported.left_out)}")


@app.command()
def awards(
    path: Annotated[
        Path | None, typer.Argument(help="<home>/open-data/360giving.json by default.")
    ] = None,
    prefix: Annotated[
        str, typer.Option(help="The publisher's, as 360Giving gave it: 360G-example.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Write the same grants as a 360Giving package; docs/open-data.md tells what does not fit."""
    file = path or home() / "open-data" / "360giving.json"
    with data_of(kept_platform(), "funding") as settings:
        grants = export_awards(settings, file, prefix)
    if as_json:
        print_json({"written": str(file), "grants": grants})
    else:
        print_line(f"Written: {file} ({grants} grants)")


@app.command()
def impact(
    path: Annotated[
        Path | None, typer.Argument(help="<home>/open-data/impact.csv by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what the accepted reports count as CSV: a line for each beneficiary, year and indicator."""
    file = path or home() / "open-data" / "impact.csv"
    with data_of(kept_platform(), "funding") as settings:
        lines = export_impact(settings, file)
    if as_json:
        print_json({"written": str(file), "lines": lines})
    else:
        print_line(f"Written: {file}")


@app.command()
def directory(
    path: Annotated[
        Path | None, typer.Argument(help="<home>/open-data/directory.csv by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the laureates who want to be found as CSV: who, where, what they offer and look for."""
    file = path or home() / "open-data" / "directory.csv"
    lines = with_bus(lambda bus: write_directory(bus, file))
    if as_json:
        print_json({"written": str(file), "lines": lines})
    else:
        print_line(f"Written: {file}")


@app.command()
def commons(
    path: Annotated[
        Path | None, typer.Argument(help="<home>/open-data/commons.csv by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what laureates share with everybody as CSV: title, link, licence, by whom."""
    file = path or home() / "open-data" / "commons.csv"
    lines = with_bus(lambda bus: write_commons(bus, file))
    if as_json:
        print_json({"written": str(file), "lines": lines})
    else:
        print_line(f"Written: {file}")


@app.command()
def deadlines(as_json: AsJson = False) -> None:
    """The agreements above 23 000 €, each with the last day to publish it, the most urgent first."""
    with data_of(kept_platform(), "funding") as settings:
        due = open_data_deadlines(settings)
    if as_json:
        print_json([as_data(one) for one in due])
        return
    columns = ("publish by", "signed on", "reference", "beneficiary", "amount")
    rows = (
        (
            d.publish_by,
            d.agreement_on,
            d.decision_reference,
            d.beneficiary_name,
            euros(d.amount_cents),
        )
        for d in due
    )
    print_table(columns, rows)
