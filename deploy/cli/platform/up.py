"""`fabriques up`: the platform in the foreground, until Ctrl-C."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.connection.whereabouts import home, refused_programme
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_line
from deploy.local.home.beside import homes_beside, is_beside
from deploy.local.home.plan import (
    METRICS_PORT,
    PAGES_PORT,
    PORT,
    PlatformNotStarted,
    PlatformPlan,
    PlatformRecord,
)
from deploy.local.home.programme_copy import tell_programme
from deploy.local.keys.certificates import certify, has_certificates
from deploy.local.keys.store_key import KEY_FILE, StoreKeyWrong
from deploy.local.running import processes
from deploy.local.running.signals import StopSignals
from deploy.local.running.supervisor import Supervisor
from deploy.local.server.nats_server import ServerNotStarted
from shared.kit.key_files import AUTHORITY, KeyFileInvalid, tls_file
from shared.programme import Programme, ProgrammeInvalid

app = typer.Typer()


@app.command()
def up(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="NATS listens here; 0 is any free one.")
    ] = PORT,
    programme: Annotated[
        Path | None, typer.Option(help="A programme file, its dates as written.")
    ] = None,
    rehearsal: Annotated[
        bool, typer.Option(help="Let events tell the time (Fabriques-Time).")
    ] = False,
    pages: Annotated[
        bool | None,
        typer.Option(
            "--pages/--no-pages", help="Open the pages in a browser; not beside another programme."
        ),
    ] = None,
    pages_port: Annotated[
        int, typer.Option(min=1, max=65535, help="The pages listen here.")
    ] = PAGES_PORT,
    metrics: Annotated[
        bool | None,
        typer.Option("--metrics/--no-metrics", help="Serve metrics; not beside another programme."),
    ] = None,
    metrics_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Metrics are served here.")
    ] = METRICS_PORT,
    encrypt: Annotated[
        Path | None,
        typer.Option(
            envvar=KEY_FILE, help="Encrypt the streams on the disk, with the key in this file."
        ),
    ] = None,
    tls: Annotated[
        bool | None,
        typer.Option(
            "--tls/--no-tls", help="TLS on every listener; by default as the folder was last told."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a platform running for front-ends and operators; Ctrl-C stops it, the next start goes on."""
    folder = home()
    if encrypt:
        os.environ[KEY_FILE] = str(encrypt.resolve())
    plan = PlatformPlan(
        folder,
        port,
        programme,
        rehearsal,
        shown=not as_json,
        pages_port=pages_port if _is_wanted(pages, folder) else 0,
        metrics_port=metrics_port if _is_wanted(metrics, folder) else 0,
        tls=has_certificates(folder) if tls is None else tls,
    )
    _require_clear_beside(plan)
    try:
        supervisor = Supervisor(plan, StopSignals())
        _ensure_certified(plan)
        print_line(_tell_begun(supervisor.programme, plan))
        processes.speak_as_supervisor(supervisor.settings, plan.shown)
        supervisor.serve(lambda record: _tell_ready(record, plan))
    except ProgrammeInvalid as error:
        raise refused_programme(error) from None
    except (PlatformNotStarted, ServerNotStarted, StoreKeyWrong, KeyFileInvalid) as error:
        raise CommandFailed(str(error)) from None
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise CommandFailed(
            f"{folder} cannot hold a platform's data: {error.strerror}; name a folder with FABRIQUES_HOME"
        ) from None
    print_line("Stopped; the data is kept.")


def _require_clear_beside(plan: PlatformPlan) -> None:
    """Raises CommandFailed: the identities of a programme beside another have no certificates yet."""
    if plan.tls and (is_beside(plan.home) or homes_beside(plan.home)):
        raise CommandFailed(
            "a server with several programmes does not speak TLS yet: leave --tls out"
        )


def _ensure_certified(plan: PlatformPlan) -> None:
    if plan.tls and not has_certificates(plan.home):
        certify(plan.home)


def _is_wanted(asked: bool | None, folder: Path) -> bool:
    """A programme beside another opens no port unless it is asked to."""
    return not is_beside(folder) if asked is None else asked


def _tell_begun(programme: Programme, plan: PlatformPlan) -> str:
    told = tell_programme(programme, datetime.now(UTC))
    pages = (
        f"pages on {plan.pages_url} (--no-pages leaves them out)" if plan.pages_url else "no pages"
    )
    url = plan.metrics_url
    metrics = f"metrics on {url} (--no-metrics leaves them out)" if url else "no metrics"
    return f"{told}; {metrics}; {pages}"


def _tell_ready(record: PlatformRecord, plan: PlatformPlan) -> None:
    mode = "rehearsal platform" if plan.rehearsal else "platform"
    keys = os.path.relpath(plan.home / "keys")
    pages = f", pages on {plan.pages_url}" if plan.pages_url else ""
    state = f", its state on {plan.operators_url}" if plan.operators_url else ""
    front_ends = f"front-ends use {keys}/holders.nk"
    print_line(f"Ready: {mode} at {record.nats_url}{pages}{state}, {front_ends}. Ctrl-C stops it.")
    if plan.tls:
        authority = os.path.relpath(tls_file(plan.home, AUTHORITY))
        print_line(
            f"TLS everywhere: whoever connects trusts {authority}, and shows its own file beside it."
        )
