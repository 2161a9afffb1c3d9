"""The templates of documents: the folder beside the programme file, or ours where there is none."""

import re
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from services.notify.documents.typesetting import NotSet
from services.notify.domain.documents import Template
from shared.contract.values import DocumentKind
from shared.programme import DOCUMENT_TEMPLATES

OURS = Path(__file__).with_name("templates")
VERSION = re.compile(r"// version ([A-Za-z0-9._-]{1,40})\s")
VERSION_FORM = "// version 1"


class TemplatesInvalid(ValueError):
    """The folder cannot be used; `reasons` has a line for each thing to mend."""

    def __init__(self, folder: Path, reasons: list[str]) -> None:
        self.reasons = [f"{folder}: {reason}" for reason in reasons]
        super().__init__(" · ".join(self.reasons))


class TemplatesFolder:
    """Read once: what a document was set with is told by the digest of the whole folder."""

    def __init__(self, programme_file: Path) -> None:
        """Raises TemplatesInvalid with every mistake."""
        beside = programme_file.parent / DOCUMENT_TEMPLATES
        self.path = (beside if beside.is_dir() else OURS).resolve()
        files = self._files()
        self._digest = _digest(files)
        self._templates = self._read(files)

    def require_as_read(self) -> None:
        """What was set now must be told by the digest that was read then. Raises NotSet."""
        if _digest(self._files()) != self._digest:
            raise NotSet(
                f"the templates in {self.path.name} changed: notify takes them at its next start"
            )

    def _files(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes() for path in sorted(self.path.iterdir()) if path.is_file()
        }

    def of(self, kind: DocumentKind) -> Template:
        return self._templates[kind]

    def file(self, kind: DocumentKind) -> Path:
        return self.path / _name(kind)

    def _read(self, files: Mapping[str, bytes]) -> dict[DocumentKind, Template]:
        found = {}
        mistakes = []
        typesetter = f"typst-{version('typst')}"
        for kind in DocumentKind:
            name = _name(kind)
            first = VERSION.match(files.get(name, b"").decode(errors="replace"))
            if name not in files:
                mistakes.append(f"{name} is missing: copy it from {OURS}")
            elif first is None:
                mistakes.append(f"{name} does not begin with its version, as `{VERSION_FORM}`")
            else:
                found[kind] = Template(first[1], self._digest, typesetter)
        if mistakes:
            raise TemplatesInvalid(self.path, mistakes)
        return found


def _name(kind: DocumentKind) -> str:
    return f"{kind.value}.typ"


def _digest(files: Mapping[str, bytes]) -> str:
    """Of the names and the digests of all files, in the order of their names."""
    lines = [f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items()]
    return sha256("".join(lines).encode()).hexdigest()
