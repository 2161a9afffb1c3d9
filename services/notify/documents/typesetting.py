"""Sets one document in a process of its own: its time is bounded, and none of its memory stays here.

What the letter says reaches the template as data, never as markup. No font of the machine is used, so that
the same data make the same bytes everywhere.
"""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

SECONDS_MAX = 20.0


class NotSet(Exception):
    """The template cannot be set with this data, or took too long: the message is the typesetter's own."""


async def typeset(template: Path, data: dict[str, Any]) -> bytes:
    """The PDF file. `template` is an absolute path. Raises NotSet."""
    asked = json.dumps({"template": str(template), "data": data}).encode()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        made, complaint = await asyncio.wait_for(process.communicate(asked), SECONDS_MAX)
    except TimeoutError:
        raise NotSet(f"{template.name} took longer than {SECONDS_MAX:.0f} seconds") from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    if process.returncode:
        raise NotSet(f"{template.name}: {_last_line(complaint)}")
    return made


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "the typesetter died"


def set_here(template: Path, data: dict[str, Any]) -> bytes:
    """The PDF file, made in this process: it keeps the typesetter's memory."""
    import typst  # noqa: PLC0415  # 81 MB on the disk, and 20 in memory

    return typst.compile(
        str(template),
        root=str(template.parent),  # no template reads outside its folder
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],  # PDF/UA-1: tagged, with language, title and reading order
    )


if __name__ == "__main__":
    asked = json.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(set_here(Path(asked["template"]), asked["data"]))
