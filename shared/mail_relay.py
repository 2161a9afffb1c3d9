"""Where mail leaves by SMTP, as the setting `smtp_url` says it: for letters, and for the pages' own."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

STARTTLS: dict[str, bool | None] = {"yes": True, "no": False, "auto": None}


@dataclass(frozen=True, slots=True)
class MailRelay:
    """`starttls` None takes it where the relay offers it."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    starttls: bool | None

    @classmethod
    def of(cls, url: str) -> "MailRelay":
        """`smtp://user:password@host:587?starttls=yes` (yes, no, auto), or `smtps://…`. Raises ValueError."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query).get("starttls", ["auto"])[0]
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or asked not in STARTTLS:
            raise ValueError(
                "smtp_url is smtp://user:password@host:port?starttls=yes|no|auto, or smtps://…"
            )
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls else 587),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
            starttls=False if tls else STARTTLS[asked],
        )

    def as_client_options(self, timeout_seconds: float) -> dict[str, Any]:
        """How aiosmtplib is told of it."""
        return {
            "hostname": self.host,
            "port": self.port,
            "username": self.user,
            "password": self.password,
            "use_tls": self.tls,
            "start_tls": self.starttls,
            "timeout": timeout_seconds,
        }
