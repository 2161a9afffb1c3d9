"""With TLS nobody reads along or comes in without a certificate, and nobody takes another server for ours."""

import json
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from nats.errors import Error as NatsError

from deploy.local.keys.certificates import certificates_of, certify, hosts_of, pin_of
from deploy.local.keys.identities import ROUTES
from deploy.local.running.child_process import end
from deploy.local.server.nats_server import free_port, start_server, write_config
from shared.contract.subjects import ask_subject
from shared.kit.bus.broker_health import complaint
from shared.kit.bus.connection import connect, knock
from shared.kit.bus.reaching import NotConnected
from shared.kit.key_files import AUTHORITY, tls_file
from shared.kit.settings import Settings
from tests.platform import PATIENCE_SECONDS
from tests.servers import Bus
from tests.system.cli.conftest import Fabriques, Up
from tests.system.cli.test_up import until

IDENTITY = "holders"
METRICS_PORT = free_port()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    metrics = ("--metrics", "--metrics-port", str(METRICS_PORT))
    running = Up(tmp_path_factory.mktemp("tls") / "var", "--tls", *metrics)
    try:
        assert running.ready_line.startswith("Ready"), running.said_on_error()
        yield running
    finally:
        running.stop()


@pytest.fixture
def settings(up: Up, tmp_path: Path) -> Settings:
    """Those of a front-end elsewhere, which was given its key, its certificate and the authority."""
    for name in (f"{IDENTITY}.nk", f"tls/{IDENTITY}.pem", f"tls/{AUTHORITY}.pem"):
        (tmp_path / "keys" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(up.home / "keys" / name, tmp_path / "keys" / name)
    return Settings(home=tmp_path, nats_url=up.record.nats_url)


async def test_services_and_front_ends_speak_over_tls_as_they_did_without(
    up: Up, settings: Settings
) -> None:
    assert up.record.nats_url.startswith("tls://")
    client = await connect(settings, IDENTITY)
    subject = ask_subject("fabriques", "intake", "calendar")
    answer = await client.request(subject, b"{}", timeout=PATIENCE_SECONDS)
    assert "waves" in json.loads(answer.data)
    await client.close()


def test_commands_need_no_further_word_and_the_doctor_looks_at_the_certificates(
    up: Up, fabriques: Fabriques
) -> None:
    assert fabriques("status", home=up.home).code == 0
    said = fabriques("doctor", "--json", home=up.home)
    assert "certificates" in said.data["checks"]
    assert [row for row in said.data["findings"] if row["check"] == "certificates"] == []


def test_a_plain_client_is_told_nothing(up: Up) -> None:
    place = urlsplit(up.record.nats_url)
    with socket.create_connection((place.hostname, place.port), PATIENCE_SECONDS) as plain:
        answers = plain.makefile("rb")
        assert b'"tls_required":true' in answers.readline()
        plain.sendall(b'CONNECT {"verbose":true}\r\nPING\r\n')
        said = answers.read()
    assert b"PONG" not in said and b"+OK" not in said


async def test_a_client_that_does_not_know_the_authority_refuses_the_server(
    settings: Settings,
) -> None:
    tls_file(settings.home, AUTHORITY).unlink()
    with pytest.raises(NotConnected, match="is not from an authority this machine knows"):
        await knock(settings, IDENTITY)


async def test_without_a_certificate_the_server_lets_nobody_in(settings: Settings) -> None:
    tls_file(settings.home, IDENTITY).unlink()
    with pytest.raises(NotConnected, match="certificate of holders"):
        await knock(settings, IDENTITY)


async def test_a_certificate_of_another_authority_is_refused_by_both_sides(
    settings: Settings,
) -> None:
    other = settings.home / "other"
    certify(other)
    shutil.copy(tls_file(other, IDENTITY), tls_file(settings.home, IDENTITY))
    with pytest.raises(NotConnected, match="certificate of holders"):
        await knock(settings, IDENTITY)
    shutil.copy(tls_file(other, AUTHORITY), tls_file(settings.home, AUTHORITY))
    with pytest.raises(NotConnected, match=r"is not from the authority in .*ca\.pem"):
        await knock(settings, IDENTITY)


async def test_who_speaks_is_told_by_the_key_whatever_the_certificate(
    up: Up, settings: Settings
) -> None:
    """The provisioner's certificate gives nobody its rights: it opens the door, no more."""
    shutil.copy(tls_file(up.home, "provisioner"), tls_file(settings.home, IDENTITY))
    client = await connect(settings, IDENTITY)
    with pytest.raises(NatsError):
        await client.jetstream(timeout=1).account_info()
    await client.close()


async def test_who_asks_for_tls_speaks_to_nobody_without(bus: Bus, tmp_path: Path) -> None:
    """Who stands between could take the offer out; the control is the same server, asked for no TLS."""
    plain = Settings(home=bus.keys.parent, nats_url=bus.url)
    await knock(plain, IDENTITY)
    with pytest.raises(NotConnected, match="offers no TLS"):
        await knock(
            Settings(home=bus.keys.parent, nats_url=bus.url.replace("nats:", "tls:")), IDENTITY
        )


def test_metrics_are_served_to_who_knows_the_authority(up: Up) -> None:
    page = f"https://127.0.0.1:{METRICS_PORT}/metrics"
    assert f"metrics on {page}" in up.first_line
    trusting = ssl.create_default_context(cafile=tls_file(up.home, AUTHORITY))
    until(lambda: _is_served(page, trusting), "the process of metrics is there")
    assert "fabriques_broker_up 1.0" in _read(page, trusting)
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        _read(page, ssl.create_default_context())
    with pytest.raises((OSError, urllib.error.URLError)):
        _read(page.replace("https", "http"), None)


def test_the_servers_own_page_is_served_to_who_knows_the_authority(tmp_path: Path) -> None:
    certify(tmp_path)
    port = free_port()
    page = f"https://127.0.0.1:{free_port()}/secret"
    config = write_config(tmp_path, "fabriques", "127.0.0.1", port, "10s", page, tls=True)
    server = start_server(config, "127.0.0.1", port, tmp_path / "nats.log")
    try:
        assert complaint(page, tls_file(tmp_path, AUTHORITY)) == ""
        with pytest.raises(ssl.SSLCertVerificationError):
            complaint(page)
    finally:
        end(server, 10.0)


def _is_served(url: str, trusting: ssl.SSLContext) -> bool:
    try:
        return bool(_read(url, trusting))
    except ConnectionError:
        return False
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionError):
            return False
        raise


def _read(url: str, trusting: ssl.SSLContext | None) -> str:
    with urllib.request.urlopen(url, context=trusting, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())


def test_certificates_are_renewed_with_the_names_they_had(
    fabriques: Fabriques, tmp_path: Path
) -> None:
    home = tmp_path / "var"
    assert fabriques("keys", "tls", "--host", "fabriques.example.org").code == 0
    before = {path.name: path.read_bytes() for path in (home / "keys" / "tls").iterdir()}
    pin = pin_of(home, ROUTES)
    said = fabriques("keys", "tls", "--json")
    assert {"ca", "listeners", "intake", "holders"} <= {one["name"] for one in said.data}
    assert hosts_of(home) == ["localhost", "127.0.0.1", "::1", "fabriques.example.org"]
    after = {path.name: path.read_bytes() for path in (home / "keys" / "tls").iterdir()}
    assert {name for name in before if before[name] == after[name]} == {"ca.pem", "ca.key"}
    assert pin_of(home, ROUTES) == pin, "servers of a cluster start again one after the other"
    (home / "keys" / "tls" / "ca.key").unlink()
    assert "or make a --new-authority" in fabriques("keys", "tls").err
    assert fabriques("keys", "tls", "--new-authority").code == 0
    assert tls_file(home, AUTHORITY).read_bytes() != before["ca.pem"]
    assert pin_of(home, ROUTES) != pin


def test_a_certificate_tells_its_day(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    certify(tmp_path, now=now)
    lasting = {one.name: (one.expires_at - now).days for one in certificates_of(tmp_path)}
    assert lasting["ca"] > 3_600 and lasting["listeners"] == lasting["intake"] == 396
