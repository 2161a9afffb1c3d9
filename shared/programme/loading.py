"""Reads a programme file; a wrong file is refused with every mistake at once."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from shared.programme.model import Programme


class ProgrammeInvalid(ValueError):
    """The file cannot be used; `mistakes` has one line for each thing to mend."""

    def __init__(self, path: Path, mistakes: list[str]) -> None:
        self.path, self.mistakes = path, mistakes
        super().__init__(f"{path}: " + " · ".join(mistakes))


def load_programme(path: Path) -> Programme:
    """Raises ProgrammeInvalid for a file that is missing, not TOML, or wrong anywhere."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProgrammeInvalid(path, [str(error)]) from error
    try:
        return Programme.model_validate(data)
    except ValidationError as error:
        mistakes = [f"{'.'.join(map(str, e['loc'])) or 'programme'}: {e['msg']}" for e in error.errors()]
        raise ProgrammeInvalid(path, mistakes) from error
