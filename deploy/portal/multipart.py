"""A form with a file, as browsers send it (RFC 7578): its fields, and the files by their fields. Pure."""

import re
from dataclasses import dataclass

PARTS_MAX = 20
BOUNDARY = re.compile(
    r'multipart/form-data;\s*boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?', re.ASCII
)
PARAMETER = re.compile(r'\b(name|filename)="((?:[^"\\]|\\.)*)"')
END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Upload:
    """`name` is the file's, as the browser says it; empty where none was chosen."""

    name: str
    content: bytes


def read_form(content_type: str, body: bytes) -> tuple[dict[str, list[str]], dict[str, Upload]]:
    """Raises ValueError for what no browser sends."""
    found = BOUNDARY.fullmatch(content_type)
    if found is None:
        raise ValueError("no boundary")
    mark = b"\r\n--" + found[1].encode()
    begin, *parts = (b"\r\n" + body).split(mark, PARTS_MAX)
    if begin or not parts or not parts[-1].startswith(b"--"):
        raise ValueError("not from its first part to its last")
    typed: dict[str, list[str]] = {}
    files: dict[str, Upload] = {}
    for part in parts[:-1]:
        head, end, content = part.partition(END_OF_HEAD)
        told = dict(PARAMETER.findall(head.decode()))
        if not end or "name" not in told:
            raise ValueError("a part without a name")
        if "filename" in told:
            files[told["name"]] = Upload(_bare(told["filename"]), content)
        else:
            typed.setdefault(told["name"], []).append(content.decode().replace("\r\n", "\n"))
    return typed, files


def _bare(name: str) -> str:
    """Without folders, which some browsers send, and as it was before it was quoted."""
    plain = name.replace("%22", '"').replace('\\"', '"')
    return plain.replace("\\", "/").rpartition("/")[2].strip()
