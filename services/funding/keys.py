"""The files of funding's own keys."""

import json
from pathlib import Path

from shared.kit.key_files import create_key, encoded, new_key

SEALING_FILE = "funding-sealing.nk"
FIELDS_FILE = "funding-fields.nk"


def create_keys(folder: Path) -> None:
    """For whoever makes a platform: a service that made them would make a second pair one day."""
    create_key(folder / SEALING_FILE, encoded(new_key()))
    create_key(folder / FIELDS_FILE, json.dumps({"1": encoded(new_key())}))
