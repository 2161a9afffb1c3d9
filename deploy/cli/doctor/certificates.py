"""Certificates: none has expired, or will soon."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from deploy.cli.doctor.finding import Finding
from deploy.local.keys.certificates import Certificate, certificates_of
from shared.kit.settings import Settings

CHECK = "certificates"
SOON = timedelta(days=30)
WAY_OUT = "fabriques keys tls, then start the platform again"


def check_certificates(settings: Settings) -> list[Finding]:
    return judge_certificates(certificates_of(settings.home), datetime.now(UTC))


def judge_certificates(certificates: Iterable[Certificate], now: datetime) -> list[Finding]:
    found = []
    for one in certificates:
        day = f"{one.expires_at:%Y-%m-%d}"
        if one.expires_at <= now:
            found.append(Finding("error", CHECK, f"that of {one.name} expired on {day}", WAY_OUT))
        elif one.expires_at - now < SOON:
            found.append(Finding("warning", CHECK, f"that of {one.name} expires on {day}", WAY_OUT))
    return found
