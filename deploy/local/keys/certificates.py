"""An authority of the platform's own, and what it certifies: listeners, routes, and whoever connects to them.

A certificate opens the door of the server, no more: who speaks there is known by its NKey, as without TLS.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.local.home.durable import write_durably
from deploy.local.keys.identities import ROUTES, identities_of
from shared.kit.front_ends import front_ends_of
from shared.kit.key_files import AUTHORITY, LISTENERS, kept_text, tls_file

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397  # what browsers take at most
HERE = ("localhost", "127.0.0.1", "::1")
BACKDATED = timedelta(hours=1)  # clocks of other machines are behind
CALLED = ExtendedKeyUsageOID.SERVER_AUTH
CALLS = ExtendedKeyUsageOID.CLIENT_AUTH


class NoAuthority(RuntimeError):
    """The key that certifies is not there; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Certificate:
    name: str
    expires_at: datetime


def certify(
    home: Path, hosts: Sequence[str] = (), now: datetime | None = None, anew: bool = False
) -> None:
    """Certificates for listeners and routes, reached under these `hosts` too, and for each identity.

    The authority is made where there is none, or `anew`. Raises NoAuthority where its key was taken away.
    """
    begins = (now or datetime.now(UTC)) - BACKDATED
    if anew or not tls_file(home, AUTHORITY).exists():
        _make_authority(home, begins)
    names = (*HERE, *hosts)
    _certify(home, LISTENERS, begins, (CALLED,), names)
    _certify(
        home, ROUTES, begins, (CALLED, CALLS), names, None if anew else _kept_key(home, ROUTES)
    )
    for identity in identities_of(front_ends_of(home)):
        certify_identity(home, identity, begins)


def certify_identity(home: Path, identity: str, begins: datetime) -> None:
    """Raises NoAuthority."""
    _certify(home, identity, begins, (CALLS,))


def hosts_of(home: Path) -> list[str]:
    """Under which names the listeners are reached now."""
    found = _read(tls_file(home, LISTENERS))
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def has_certificates(home: Path) -> bool:
    return tls_file(home, LISTENERS).exists()


def certificates_of(home: Path) -> list[Certificate]:
    """Each with the moment it ends; nothing on a platform without TLS."""
    paths = sorted(tls_file(home, AUTHORITY).parent.glob("*.pem"))
    return [Certificate(path.stem, _read(path).not_valid_after_utc) for path in paths]


def pin_of(home: Path, name: str) -> str:
    """What a server knows a certificate by, whoever signed it: the SHA-256 of its public key, in hex."""
    key = _read(tls_file(home, name)).public_key()
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _make_authority(home: Path, begins: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Fabriques authority {begins:%Y-%m-%d}")
    builder = _builder(name, name, key.public_key(), begins, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    _write(_authority_key_file(home), _key_pem(key))
    _write(tls_file(home, AUTHORITY), builder.sign(key, SHA256()).public_bytes(Encoding.PEM))


def _certify(
    home: Path,
    name: str,
    begins: datetime,
    usages: Iterable[x509.ObjectIdentifier],
    hosts: Iterable[str] = (),
    kept: ec.EllipticCurvePrivateKey | None = None,
) -> None:
    """Key and certificate in one file, as those who read it take them. The key is a new one, or `kept`."""
    authority = _read(tls_file(home, AUTHORITY))
    key = kept or ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(name), authority.subject, key.public_key(), begins, CERTIFICATE_DAYS)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if alternatives := [_general_name(host) for host in dict.fromkeys(hosts)]:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())  # type: ignore[arg-type]
    builder = builder.add_extension(issuer, critical=False)
    certificate = builder.sign(_authority_key(home), SHA256())
    _write(tls_file(home, name), _key_pem(key) + certificate.public_bytes(Encoding.PEM))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begins: datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_key_file(home: Path) -> Path:
    """Beside what it certifies, until somebody takes it away."""
    return tls_file(home, AUTHORITY).with_suffix(".key")


def _authority_key(home: Path) -> ec.EllipticCurvePrivateKey:
    path = _authority_key_file(home)
    if not path.exists():
        raise NoAuthority(
            f"{path} is not there: bring it back while you certify, or make a --new-authority"
        )
    return _key_in(path)


def _kept_key(home: Path, name: str) -> ec.EllipticCurvePrivateKey | None:
    """Of a certificate that is renewed while others know it by its key."""
    path = tls_file(home, name)
    return _key_in(path) if path.exists() else None


def _key_in(path: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(kept_text(path).encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, pem: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, pem, mode=0o600)
