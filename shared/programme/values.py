"""Values of a programme file that stand for what is outside: account, legal person, text, generation."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from stdnum import bic, iban

from shared.contract.identity import bare_number, is_siret
from shared.contract.values import Project

PIECES = frozenset(Project.model_fields) - {"support_needs", "support_offers"}
GENERATIONS = ("2014", "2024")
REGIMES = ("ue-1407-2013", "ue-2023-2831", "")  # empty: the grants are no de minimis aid


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _iban(text: str) -> str:
    if not text.isascii() or not iban.is_valid(text):
        raise ValueError("this is no IBAN: its length or its check digits are wrong")
    return text


def _bic(text: str) -> str:
    if not text.isascii() or not bic.is_valid(text):
        raise ValueError("this is no BIC: 8 or 11 letters and digits are expected")
    return text


def _siret(text: str) -> str:
    if not is_siret(text):
        raise ValueError("this is no SIRET: 14 digits with a right check digit are expected")
    return text


def _piece(name: str) -> str:
    return _one_of(PIECES, name, "piece")


def _generation(name: str) -> str:
    return _one_of(GENERATIONS, name, "generation of QPV")


def _regime(name: str) -> str:
    return _one_of(REGIMES, name, "de minimis regime")


def _one_of(known: frozenset[str] | tuple[str, ...], name: str, what: str) -> str:
    if name not in known:
        raise ValueError(
            f"no {what} is called {name}: known are {', '.join(filter(None, sorted(known)))}"
        )
    return name


Iban = Annotated[str, AfterValidator(_iban), BeforeValidator(bare_number)]
Bic = Annotated[str, AfterValidator(_bic), BeforeValidator(bare_number)]
OwnSiret = Annotated[str, AfterValidator(_siret), BeforeValidator(bare_number)]
PieceName = Annotated[str, AfterValidator(_piece)]
Generation = Annotated[str, AfterValidator(_generation)]
Regime = Annotated[str, AfterValidator(_regime)]
