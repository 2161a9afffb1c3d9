"""What an event is: one fact in the past tense, frozen, with its words in its class, type and subject."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contract.values import FrontEndName

EVENTS: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """One fact. Subclasses say who publishes it (`publisher`), about what (`aggregate`) and what happened (`verb`).

    `dossier_field` names the field that ends the subject, so that one filter follows exactly one dossier.
    `worries`: somebody has to do something about it, so its closing line is a warning.
    Internal facts ignore unknown fields, so that services upgrade one by one; what comes from outside refuses them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    publisher: ClassVar[str]
    aggregate: ClassVar[str]
    verb: ClassVar[str]
    major: ClassVar[int] = 1
    dossier_field: ClassVar[str] = "candidature_id"
    worries: ClassVar[bool] = False
    example: ClassVar[dict[str, object]] = {}

    def __init_subclass__(
        cls,
        says: str = "",
        dossier: str = "",
        worries: bool = False,
        **options: Any,
    ) -> None:
        super().__init_subclass__(**options)
        if says:
            cls.worries = worries
            cls.publisher, cls.aggregate, cls.verb = says.split(".")
            if dossier:
                cls.dossier_field = dossier
            EVENTS[cls.event_type()] = cls

    @classmethod
    def event_type(cls) -> str:
        """The CloudEvents type: `intake.candidature.registered.v1`."""
        return f"{cls.publisher}.{cls.aggregate}.{cls.verb}.v{cls.major}"

    @property
    def dossier(self) -> str:
        return str(getattr(self, self.dossier_field))


class RoutedEvent(Event):
    """One of our own facts that is for one front-end alone: its stored subject carries that one's name."""

    front_end: FrontEndName


class OutsideEvent(Event):
    """A fact written by a front-end: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
