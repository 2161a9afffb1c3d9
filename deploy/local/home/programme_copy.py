"""The programme a data folder runs: written once, kept with the data, read by every process."""

import json
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from shutil import rmtree
from typing import Any

import deploy
from deploy.local.home.durable import write_durably
from shared.programme import DOCUMENT_TEMPLATES, Programme, ProgrammeInvalid, Wave, load_programme

SHIPPED = Path(deploy.__file__).parent / "programmes" / "fabriques-de-territoire.toml"
ZONE_TERMS = {"id", "rule", "communes", "departments"}  # its names may be mended


def keep_programme(kept: Path, given: Path | None, now: datetime) -> Programme:
    """The file that is given, else what is kept, else the shipped one, moved so that a wave is open now.

    Raises ProgrammeInvalid for a wrong file, one of another programme than the folder holds, or one that
    would change what candidates were already told.
    """
    if given is not None:
        programme = load_programme(given)
        if kept.exists():
            _require_compatible(kept, load_programme(kept), given, programme)
        if given.resolve() != kept.resolve():
            write_durably(kept, given.read_bytes())
            copy_documents(given.parent, kept.parent)
        return programme
    if not kept.exists():
        moved = load_programme(SHIPPED).moved_to(now)
        write_durably(kept, as_toml(moved).encode())
        if load_programme(kept) != moved:
            raise ProgrammeInvalid(kept, ["what was written does not read back as it was"])
    return load_programme(kept)


def copy_documents(source: Path, target: Path) -> None:
    """The templates of documents lie beside the programme file, and stay beside it; none are none."""
    folder = target / DOCUMENT_TEMPLATES
    if folder.resolve() == (source / DOCUMENT_TEMPLATES).resolve():
        return
    if folder.exists():
        rmtree(folder)
    for path in documents_beside(source):
        write_durably(folder / path.name, path.read_bytes())


def documents_beside(folder: Path) -> list[Path]:
    found = (folder / DOCUMENT_TEMPLATES).glob("*")
    return sorted(path for path in found if path.is_file())


def _require_compatible(kept: Path, now: Programme, given: Path, new: Programme) -> None:
    told = refusal(kept, now, new)
    if told:
        raise ProgrammeInvalid(given, [told])


def refusal(kept: Path, now: Programme, new: Programme) -> str | None:
    """Why a folder that runs `now`, kept as the file `kept`, takes no `new`; None where it does."""
    if now.id != new.id:
        return f"this data folder holds programme {now.id}: use another (FABRIQUES_HOME)"
    way_out = f"than {kept}, which this data folder runs: use another folder (FABRIQUES_HOME)"
    changed = changed_terms(now, new)
    if changed and now.version == new.version:
        return f"other {', '.join(changed)} {way_out}, or give the file another version"
    if cut := shortened_waves(now, new):
        return f"wave {', '.join(cut)} would close earlier {way_out}"
    return None


def changed_terms(now: Programme, new: Programme) -> list[str]:
    """What candidates rely on and the new file says otherwise: dates, quotas, caps, envelope."""
    before = _terms(now)
    after = _terms(new)
    return [name for name in before if before[name] != after[name]]


def _terms(programme: Programme) -> dict[str, Any]:
    return {
        "wave dates": (programme.waves, programme.timezone),
        "zones": [zone.model_dump(include=ZONE_TERMS) for zone in programme.zones],
        "quotas": (programme.quotas, programme.selection.laureates_max),
        "caps": programme.award,
        "envelope": programme.envelope_cents,
    }


def shortened_waves(now: Programme, new: Programme) -> list[str]:
    """The waves that the new file drops, or ends before the day that was announced."""
    later = {wave.id: new.deadline(wave) for wave in new.waves}
    return [
        wave.id for wave in now.waves if wave.id not in later or later[wave.id] < now.deadline(wave)
    ]


def as_toml(programme: Programme) -> str:
    """A programme file that loads back equal."""
    lines = ["# The programme of this data folder. Written once, kept with the data."]
    lines += [f"{key} = {toml_value(value)}" for key, value in programme.model_dump().items()]
    return "\n".join(lines) + "\n"


def open_wave(programme: Programme, now: datetime) -> Wave | None:
    for wave in programme.waves:
        if programme.opening(wave) <= now < programme.deadline(wave):
            return wave
    return None


def tell_programme(programme: Programme, now: datetime) -> str:
    """One line for the operator: which programme, moved or not, and which wave takes submissions now."""
    moved = f", moved by {programme.moved_days} days" if programme.moved_days else ""
    head = f"{programme.name} (version {programme.version}{moved})"
    if wave := open_wave(programme, now):
        return (
            f"{head}: wave {wave.id} is open until {wave.closes_on:%d/%m/%Y}, {programme.timezone}"
        )
    later = next((wave for wave in programme.waves if programme.opening(wave) > now), None)
    if later:
        return f"{head}: no wave is open; the next, {later.id}, opens on {later.opens_on:%d/%m/%Y}"
    return f"{head}: no wave is open, the last closed on {programme.waves[-1].closes_on:%d/%m/%Y}"


def toml_value(value: Any) -> str:
    """A value as a TOML file writes it."""
    if isinstance(value, dict):
        items = [f"{_key(key)} = {toml_value(item)}" for key, item in value.items()]
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, Enum):
        return toml_value(value.value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: Any) -> str:
    return toml_value(key.value if isinstance(key, Enum) else key)
