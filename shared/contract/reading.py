"""Who reads a dossier, and the line that each reading leaves. Nothing of what was read is in it."""

from typing import Literal

from shared.contract.event import Event
from shared.contract.values import CandidatureId, Instant, Number, Role, Token
from shared.value import value

# Who may read a dossier, in any service: a list that the readers of these facts know as closed.
ReadingRole = Literal[
    Role.ADMINISTRATOR,
    Role.OPERATOR,
    Role.REVIEWER,
    Role.INSTRUCTOR,
    Role.DIRECTOR,
    Role.AUTHORISING_OFFICER,
    Role.ACCOUNTANT,
]


@value
class Reader:
    """Whoever signed a question: a person in a role; or a dossier's holder, who has no `role`."""

    reader_id: str
    role: Role | None

    @property
    def is_holder(self) -> bool:
        return self.role is None


class DossierRead(Event):
    """Said by the service that owns what was read. `version` is that of a file, where the text has one."""

    candidature_id: CandidatureId
    reader_id: Token
    role: ReadingRole
    read_at: Instant
    version: Number | None = None
