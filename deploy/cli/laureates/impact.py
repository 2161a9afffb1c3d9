"""`fabriques impact`: what the accepted reports add up to."""

import typer

from deploy.cli.connection.bus import with_bus
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_table

app = typer.Typer()


@app.command()
def impact(as_json: AsJson = False) -> None:
    """Sum the indicators of the accepted reports, by year of the grants and in all."""
    found = with_bus(lambda bus: bus.ask("funding", "impact"))
    if as_json:
        print_json(found)
        return
    years = sorted({year for one in found["indicators"] for year in one["by_year"]})
    columns = ("indicator", *(f"year {year}" for year in years), "total")
    rows = (
        (one["title"], *(one["by_year"].get(year, 0) for year in years), one["total"])
        for one in found["indicators"]
    )
    print_table(columns, rows)
    print_line(f"{found['reports']} reports were accepted.")
