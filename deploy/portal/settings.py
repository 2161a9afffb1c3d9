"""What the pages are told at start, beside what every process is told (`FABRIQUES_PORTAL_…`)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.contract.front_ends import HOLDERS
from shared.contract.values import FrontEndName


class PortalSettings(BaseSettings):
    """`front_end` is the identity that speaks for holders; `url` is what people type, behind a proxy.

    `reviewers`, `officers` and `association` are the identities that carry what those people sign; without
    one its pages are not there. `proxies` are addresses with commas between them: what they say of a
    visitor's own address is believed. `theme` is a folder, as `theme.py` says. `geocoder` is the address of a
    search, as `geocoder.py` says; nobody is asked where it is empty.
    """

    model_config = SettingsConfigDict(env_prefix="FABRIQUES_PORTAL_", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    url: str = ""
    front_end: FrontEndName = HOLDERS
    reviewers: FrontEndName | None = None
    officers: FrontEndName | None = None
    association: FrontEndName | None = None
    proxies: str = "127.0.0.1"
    theme: Path | None = None
    geocoder: HttpUrl | Literal[""] = ""

    @property
    def address(self) -> str:
        return self.url.rstrip("/") or f"http://{self.host}:{self.port}"

    def over_tls(self) -> "PortalSettings":
        """The pages themselves speak TLS: so does their address, where no other was told."""
        return self.model_copy(update={"url": self.url or f"https://{self.host}:{self.port}"})

    @property
    def is_encrypted(self) -> bool:
        return self.address.startswith("https://")


def folder_of(home: Path) -> Path:
    """What the pages keep for themselves: drafts, and the key of their sessions."""
    return home / "portal"
