"""A wrong address, key or certificate is told as what it is, by every command and every starting service."""

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.local.keys.identities import make_keys
from deploy.local.running.child_process import end
from deploy.local.server.nats_server import free_port, start_server, write_config
from deploy.provisioning.bus import provision
from deploy.starting import look_for_broker
from shared.kit.bus.connection import connect, knock
from shared.kit.bus.reaching import NotConnected
from shared.kit.settings import Settings
from tests.people import founders
from tests.system.cli.conftest import ROOT, Fabriques, environment, run_module

HOST = "127.0.0.1"
NOBODY = f"nats://{HOST}:1"
COMMANDS = (
    "status",
    "wave list",
    "dead-letters list",
    "why x",
    "audit verify",
    "eligibility check --commune 03310",
)
PROGRAMME = ROOT / "deploy" / "programmes" / "fabriques-de-territoire.toml"


@dataclass(frozen=True)
class Servers:
    """A platform's `home` and server, a server with TLS from `authority`, a `stranger` with other keys."""

    home: Path
    stranger: Path
    url: str
    tls_url: str
    authority: Path


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("reaching")
    home = folder / "var"
    stranger = folder / "stranger"
    make_keys(stranger / "keys")
    authority = certificate(folder)
    with (
        server(home) as url,
        server(home, f'tls {{ cert_file: "{authority}", key_file: "{folder}/key.pem" }}') as tls,
    ):
        asyncio.run(provisioned(home, url))
        yield Servers(home, stranger, url, tls, authority)


@contextmanager
def server(home: Path, more: str = "") -> Iterator[str]:
    port = free_port()
    config = write_config(home, "fabriques", HOST, port, sync="10s")
    text = config.read_text(encoding="utf-8")
    own = home / "nats" / f"{port}.conf"
    own.write_text(
        text.replace(str(home / "nats"), str(home / f"store-{port}")) + more, encoding="utf-8"
    )
    process = start_server(own, HOST, port, home / "logs" / "nats.log")
    try:
        yield f"nats://{HOST}:{port}"
    finally:
        end(process, 10.0)


async def provisioned(home: Path, url: str) -> None:
    client = await connect(Settings(home=home, nats_url=url), "provisioner")
    await provision(client.jetstream(), "fabriques", rehearsal=False, founders=founders())
    await client.close()


def certificate(folder: Path) -> Path:
    """A certificate for this machine that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Fabriques")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)
    path = folder / "authority.pem"
    path.write_bytes(built.public_bytes(Encoding.PEM))
    return path


def wrongs(servers: Servers) -> dict[str, tuple[dict[str, str], str]]:
    """What is wrong, as an environment, and the words that tell it."""
    other = servers.authority.parent / "other"
    other.mkdir(exist_ok=True)
    home = str(servers.home)
    stranger = str(servers.stranger)
    tls = servers.tls_url
    return {
        "another's keys": ({"HOME": stranger, "NATS_URL": servers.url}, "does not know the key of"),
        "no keys": ({"HOME": str(other), "NATS_URL": servers.url}, "holds no key of"),
        "no address": ({"HOME": home, "NATS_URL": "http://x:y"}, "is no address"),
        "an unknown authority": ({"HOME": home, "NATS_URL": tls}, "FABRIQUES_NATS_CA"),
        "another authority": (
            {"HOME": home, "NATS_URL": tls, "NATS_CA": str(certificate(other))},
            f"not from the authority in {other}",
        ),
        "no authority": (
            {"HOME": home, "NATS_URL": tls, "NATS_CA": str(PROGRAMME)},
            "holds no certificate",
        ),
        "nobody there": ({"HOME": home, "NATS_URL": NOBODY}, f"nobody listens at {NOBODY}"),
        "no such name": (
            {"HOME": home, "NATS_URL": "nats://nowhere.invalid:4222"},
            "no machine has the name",
        ),
    }


HOPELESS = (
    "another's keys",
    "no keys",
    "no address",
    "an unknown authority",
    "another authority",
    "no authority",
)
AWAY = ("nobody there", "no such name")


@pytest.mark.parametrize("wrong", [*HOPELESS, *AWAY])
def test_every_command_tells_what_is_wrong_with_its_way_to_the_bus(
    servers: Servers, fabriques: Fabriques, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    given, words = wrongs(servers)[wrong]
    for name, value in given.items():
        monkeypatch.setenv(f"FABRIQUES_{name}", value)
    for command in COMMANDS if wrong == "another's keys" else COMMANDS[:1]:
        said = fabriques(*command.split(), home=Path(given["HOME"]))
        assert (said.code, len(said.errors)) == (1, 1), said.err
        assert words in said.err


def test_a_service_that_nothing_will_let_in_ends_and_says_why(servers: Servers) -> None:
    given, words = wrongs(servers)["another's keys"]
    said = run_module(full(given), "deploy.service", "intake")
    assert said.returncode == 4
    assert words in said.stderr.splitlines()[-1]


@pytest.mark.parametrize("wrong", ["no keys", "an unknown authority"])
async def test_so_does_one_whatever_keeps_it_out(servers: Servers, wrong: str) -> None:
    given, words = wrongs(servers)[wrong]
    settings = Settings(home=Path(given["HOME"]), nats_url=given["NATS_URL"])
    with pytest.raises(NotConnected, match=re.escape(words)) as failure:
        await look_for_broker(settings, "intake")
    assert failure.value.hopeless


def test_a_service_whose_broker_is_away_says_so_and_waits(servers: Servers) -> None:
    given, words = wrongs(servers)["nobody there"]
    command = [sys.executable, "-m", "deploy.service", "intake"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=full(given), stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr
        assert words in next(line for line in process.stderr if "broker away" in line)
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


def test_provisioning_and_the_annual_job_tell_a_wrong_key_though_they_wait_for_a_server(
    servers: Servers,
) -> None:
    given, words = wrongs(servers)["another's keys"]
    said = run_module(full(given), "deploy.cli.main", "provision", "apply")
    assert (said.returncode, len(said.stderr.splitlines())) == (1, 1)
    assert words in said.stderr


def test_one_server_of_several_is_enough(
    servers: Servers, fabriques: Fabriques, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABRIQUES_NATS_URL", f"{NOBODY}, {servers.url}")
    monkeypatch.setenv("FABRIQUES_PROGRAMME_FILE", str(PROGRAMME))
    listed = fabriques("dead-letters", "list", home=servers.home)
    assert listed.code == 0, listed.err
    env = full({"HOME": str(servers.home), "NATS_URL": f"{NOBODY},{servers.url}"})
    assert run_module(env, "deploy.cli.main", "provision", "apply").returncode == 0


async def test_with_its_authority_named_a_server_is_believed(servers: Servers) -> None:
    await knock(
        Settings(home=servers.home, nats_url=servers.tls_url, nats_ca=servers.authority), "officers"
    )


async def test_a_server_that_never_speaks_is_told_and_no_password_is_repeated(
    servers: Servers,
) -> None:
    with socket.create_server((HOST, 0)) as silent:
        url = f"nats://somebody:secret@{HOST}:{silent.getsockname()[1]}"
        with pytest.raises(NotConnected, match="no answer in time") as failure:
            await knock(Settings(home=servers.home, nats_url=url), "officers")
    assert "secret" not in str(failure.value)


def full(given: dict[str, str]) -> dict[str, str]:
    named = {f"FABRIQUES_{name}": value for name, value in given.items()}
    return environment(Path(given["HOME"])) | named | {"FABRIQUES_PROGRAMME_FILE": str(PROGRAMME)}
