"""What a service process is told at start, from the environment (`FABRIQUES_…`)."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.contract.front_ends import FrontEnd
from shared.kit.front_ends import front_ends_of
from shared.kit.key_files import AUTHORITY, tls_file
from shared.programme import Programme, load_programme

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["console", "json"]
PREFIX = "FABRIQUES_"
ERASURES_FILE = "erasures.jsonl"
SECRETS = "FABRIQUES_SECRETS"


class SettingsInvalid(ValueError):
    """`reasons` has a line for each variable that is wrong."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__(" · ".join(reasons))


class Settings(BaseSettings):
    """Each database is SQLite under `home`, unless `FABRIQUES_<SERVICE>_DATABASE_URL` is set.

    `nats_url` names one server, or those of a cluster with commas between them; `nats_ca` is the file of the
    authority their certificates come from, where neither `home` nor this machine knows it.
    `nats_monitor_url` is the monitoring port of a server that stands alone: readiness asks it how it is.
    `log_format` is console where `fabriques up` shows lines on a terminal, json elsewhere, unless it is told.
    Secrets may lie in files: `FABRIQUES_SECRETS` names their folder, and each is named as its variable, in
    small letters. Raises SettingsInvalid.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(_secrets_dir=_secrets_folder(), **given)
        except ValidationError as error:
            raise SettingsInvalid(
                *(
                    f"{PREFIX}{str(e['loc'][0]).upper()} is {e['input']!r}: {e['msg']}"
                    for e in error.errors()
                )
            ) from None

    home: Path = Path("var")
    nats_url: str = "nats://127.0.0.1:4222"
    nats_ca: Path | None = None
    programme_file: Path = Path("deploy/programmes/fabriques-de-territoire.toml")
    rehearsal: bool = False
    log_level: LogLevel = "info"
    log_format: LogFormat | None = None
    intake_database_url: str = ""
    eligibility_database_url: str = ""
    funding_database_url: str = ""
    notify_database_url: str = ""
    keeper_database_url: str = ""
    databases_admin_url: str = ""  # for who makes roles and databases, and nobody else
    nats_monitor_url: str = ""
    erasures_file: Path | None = None  # outside the backups: see `erasure_list`
    # Files whose time is over; by default, wherever the time is the broker's.
    erase_due: bool | None = None
    smtp_url: str = ""
    letters_a_day: Annotated[int, Field(ge=1)] = 20  # to one address; more wait for the next days
    # The page of a front-end where an address is confirmed, such as https://…/proof.
    proof_url: str = ""
    http_port: int = 0
    http_certificate: Path | None = None  # with its key: what speaks HTTP speaks TLS

    @property
    def nats_urls(self) -> list[str]:
        return [url.strip() for url in self.nats_url.split(",")]

    def key_file(self, identity: str) -> Path:
        return self.home / "keys" / f"{identity}.nk"

    @property
    def speaks_tls(self) -> bool:
        return any(url.startswith("tls:") for url in self.nats_urls)

    @property
    def authority_file(self) -> Path | None:
        """Whose certificates a server must have; None for those that this machine knows."""
        own = tls_file(self.home, AUTHORITY)
        return self.nats_ca or (own if self.speaks_tls and own.exists() else None)

    def database_url(self, service: str) -> str:
        given: str = getattr(self, f"{service}_database_url")
        return given or f"sqlite:///{self.home / 'data' / service}.db"

    @property
    def erasure_list(self) -> Path:
        """Who was erased, a line each."""
        return self.erasures_file or self.home / ERASURES_FILE

    def front_ends(self) -> tuple[FrontEnd, ...]:
        """Those registered now. Raises FrontEndsInvalid."""
        return front_ends_of(self.home)

    def programme(self) -> Programme:
        return load_programme(self.programme_file)


def _secrets_folder() -> Path | None:
    """None where no folder is named. Raises SettingsInvalid for one that is not there."""
    named = os.environ.get(SECRETS)
    if named and not Path(named).is_dir():
        raise SettingsInvalid(f"{SECRETS} is {named!r}: there is no such folder")
    return Path(named) if named else None
