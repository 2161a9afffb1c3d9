"""The text of the letters that left, as the folder of mail has them; a relay keeps nothing for us.

A letter without its words is left out: it holds the code that proves whose an address is.
"""

from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

NOTICES = "notify.notice."


def add_letters(entries: list[dict[str, Any]], folder: Path) -> int:
    """Each notice whose letter lies there gets it as `letter`. Returns how many do. Raises OSError."""
    found = 0
    for entry in entries:
        entry["letter"] = None
        path = folder / f"{entry['data'].get('notice_id')}.eml"
        whole = entry["fact"].startswith(NOTICES) and not entry["data"].get("short")
        if whole and path.is_file():
            entry["letter"] = _letter(path.read_bytes())
            found += 1
    return found


def _letter(content: bytes) -> dict[str, str]:
    mail = message_from_bytes(content, policy=default)
    text = mail.get_body(("plain",))
    return {"subject": str(mail["subject"] or ""), "text": text.get_content() if text else ""}
