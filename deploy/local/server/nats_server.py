"""Runs the real nats-server that pip put beside Python: the embedded default."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.home.beside import homes_beside, server_home, writing_accounts
from deploy.local.home.durable import write_durably
from deploy.local.home.plan import PlatformNotStarted, programme_copy
from deploy.local.keys.identities import (
    ACCOUNTS,
    PIECE,
    ROOM,
    accounts_block,
    accounts_config,
    make_keys,
)
from deploy.local.keys.store_key import SECRET, server_environment, store_secret
from deploy.local.server.written_accounts import names_in
from shared.contract.front_ends import FrontEnd
from shared.kit.front_ends import front_ends_of
from shared.kit.key_files import AUTHORITY, LISTENERS, tls_file
from shared.programme import load_programme

READY_SECONDS_MAX = 10.0
HANDSHAKE_SECONDS_MAX = 5  # the default of 0.5 s is short for a machine that is busy
CONFIG = "nats-server.conf"
ACCOUNTS_FILE = "accounts.conf"  # for servers of a cluster that somebody else configures


class ServerNotStarted(RuntimeError):
    """nats-server could not be started; the message says why and what to do."""


def binary() -> str:
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise ServerNotStarted("nats-server is not installed: run `make install`")
    return found


def write_config(
    home: Path,
    programme: str,
    host: str,
    port: int,
    sync: str = "always",
    monitor_url: str = "",
    name: str = CONFIG,
    tls: bool = False,
) -> Path:
    """The server's configuration: JetStream survives a power cut, each identity has its own rights.

    With `tls` it speaks to nobody in clear, and to nobody without a certificate of the platform's authority.
    """
    config = home / "nats" / name
    with writing_accounts(home):
        write_piece(home, programme, front_ends_of(home))
        config.write_text(
            f'server_name: "fabriques"\nlisten: "{host}:{port}"\nmax_payload: 1MB\nwrite_deadline: "10s"\n'
            f'jetstream {{\n  store_dir: "{(home / "nats").resolve()}"\n  sync_interval: "{sync}"\n'
            f"  {ROOM}\n{_encryption(home)}}}\n"
            + (tls_config(home) if tls else "")
            + _monitoring(monitor_url)
            + accounts_of_all(home),
            encoding="utf-8",
        )
    config.chmod(0o600)
    return config


def _encryption(home: Path) -> str:
    """The key itself is told by the server's environment. Raises StoreKeyWrong, KeyFileInvalid."""
    return f"  cipher: chachapoly\n  key: ${SECRET}\n" if store_secret(home) else ""


def tls_config(home: Path, name: str = LISTENERS, more: str = "") -> str:
    """The `tls` block of a listener that shows this certificate, and asks for one of the same authority."""
    own = tls_file(home, name).resolve()
    files = (
        f'cert_file: "{own}", key_file: "{own}", ca_file: "{tls_file(home, AUTHORITY).resolve()}"'
    )
    return f"tls {{ {files}, verify: true, timeout: {HANDSHAKE_SECONDS_MAX}{more} }}\n"


def _monitoring(url: str) -> str:
    """Who may read this file knows the path, and nobody else can ask."""
    if not url:
        return ""
    parts = urlsplit(url)
    return f'{parts.scheme}: "{parts.netloc}"\nhttp_base_path: "{parts.path}"\n'


def configurations(home: Path) -> list[Path]:
    """Of the server, or of each server of a cluster."""
    return [*home.glob(f"nats/{CONFIG}"), *sorted(home.glob(f"n[0-9]/{CONFIG}"))]


def write_accounts(home: Path, programme: str, front_ends: tuple[FrontEnd, ...]) -> None:
    """A programme's accounts anew, in each configuration of its servers: read when they are told to.

    Those of the server's other programmes stay as they are. Raises PlatformNotStarted, as `write_piece` does.
    """
    server = server_home(home)
    with writing_accounts(server):
        write_piece(home, programme, front_ends)
        accounts = accounts_of_all(server)
        for config in configurations(server):
            before, _, _ = config.read_text(encoding="utf-8").partition(ACCOUNTS)
            write_durably(config, (before + accounts).encode(), mode=0o600)
        if (server / ACCOUNTS_FILE).exists():
            write_durably(server / ACCOUNTS_FILE, accounts.encode(), mode=0o600)


def write_piece(home: Path, programme: str, front_ends: tuple[FrontEnd, ...]) -> None:
    """A programme's accounts lie in its own folder, too: no other programme's keys are needed to add one.

    Raises PlatformNotStarted where the folder is another programme's: its keys would open wrong accounts.
    """
    kept = programme_copy(home)
    if kept.exists() and (own := load_programme(kept).id) != programme:
        raise PlatformNotStarted(
            f"{home} is the folder of {own}, not of {programme}: name the right one with --home"
        )
    accounts = accounts_config(make_keys(home / "keys", front_ends), programme, front_ends)
    write_durably(home / "nats" / PIECE, accounts.encode(), mode=0o600)


def accounts_of_all(server: Path) -> str:
    """The server's own must be there: it is never left out because another is added.

    Raises PlatformNotStarted where two pieces have an account in common: the server would take one of them.
    """
    own = (server / "nats" / PIECE).read_text(encoding="utf-8")
    others = [home / "nats" / PIECE for home in homes_beside(server)]
    block = accounts_block(
        [own, *(piece.read_text(encoding="utf-8") for piece in others if piece.exists())]
    )
    names = names_in(block)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PlatformNotStarted(
            f"two programmes of {server} have the account {twice[0]}: one nats/{PIECE} is another's, "
            "delete it; no configuration was written"
        )
    return block


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(config: Path, host: str, port: int, log: Path) -> subprocess.Popen[bytes]:
    """Starts the server and waits until it listens. Raises ServerNotStarted."""
    if listens(host, port):
        raise ServerNotStarted(
            f"port {port} is in use: stop what uses it, or choose another with --port"
        )
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [binary(), "-c", str(config)],
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=server_environment(config.parent.parent),
        )
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerNotStarted(f"nats-server ended at once; the last lines of {log} say why")
        if listens(host, port):
            return process
        time.sleep(0.01)
    process.kill()
    raise ServerNotStarted(
        f"nats-server did not listen within {READY_SECONDS_MAX:.0f} s; see {log}"
    )


def listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0
