"""The accounts that a server's configuration holds now, read back from the lines that we wrote."""

import re
from dataclasses import dataclass, field

from deploy.local.keys.identities import ACCOUNTS
from shared.contract.accounts import account_name

BLOCK = re.compile(r'^  "(?P<name>[^"]+)" \{\n(?P<lines>.*?)^  \}', re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^    (?P<name>[a-z]+): \[\n(?P<rows>.*?)^    \]", re.MULTILINE | re.DOTALL)
USER = re.compile(
    r"\{ nkey: (?P<key>[A-Z0-9]+), permissions: \{ publish: \{ allow: \[(?P<publish>[^\]]*)\] \}, "
    r"subscribe: \{ allow: \[(?P<subscribe>[^\]]*)\] \}"
)


@dataclass(frozen=True, slots=True)
class WrittenAccount:
    """`rights` are those of each public key: what it may publish, and what it may subscribe to."""

    rights: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()
    exports: frozenset[str] = frozenset()


def names_in(config: str) -> list[str]:
    """Each account of each programme, as the server knows it."""
    return [block["name"] for block in BLOCK.finditer(config.partition(ACCOUNTS)[2])]


def accounts_in(config: str, programme: str) -> dict[str, WrittenAccount]:
    """Each account of this programme in a server's configuration, by the name it has in the tables."""
    blocks = BLOCK.finditer(config.partition(ACCOUNTS)[2])
    own = account_name(programme, "")
    return {
        block["name"].removeprefix(own): _account(block["lines"])
        for block in blocks
        if block["name"].startswith(own)
    }


def _account(lines: str) -> WrittenAccount:
    sections = {section["name"]: section["rows"] for section in SECTION.finditer(lines)}
    users = USER.finditer(sections.get("users", ""))
    return WrittenAccount(
        {user["key"]: (_subjects(user["publish"]), _subjects(user["subscribe"])) for user in users},
        _rows(sections.get("imports", "")),
        _rows(sections.get("exports", "")),
    )


def _rows(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def _subjects(text: str) -> frozenset[str]:
    return frozenset(re.findall(r'"([^"]+)"', text))
