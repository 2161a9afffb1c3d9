"""The answer on a place: its zones, and what a person reads of them."""

from typing import Any, Literal

from services.eligibility.domain.territory import evidence
from services.eligibility.domain.territory.facts import Facts, Rule, Site
from shared.contract.values import Reason
from shared.value import value

QpvStatus = Literal["in", "near", "outside", "unknown", "claimed"]


@value
class Qpv:
    """In or near `code`; for `outside`, `code` and `distance_m` name the nearest one and how far it is.

    A call without a zone of QPV does not ask: it is `unknown`.
    """

    status: QpvStatus
    code: str | None = None
    distance_m: float | None = None


@value
class Answer:
    """`large_urban_centre` is None when no data tell, or the call does not ask. `claimed` are zones that are
    only declared. Keeps the facts, from which `evidence` is drawn.
    """

    large_urban_centre: bool | None
    qpv: Qpv
    zones: tuple[str, ...]
    claimed: tuple[str, ...]
    reasons: tuple[Reason, ...]
    site: Site
    facts: Facts
    rule: Rule

    @property
    def commune_code(self) -> str | None:
        """The commune in force, once old and arrondissement codes are resolved."""
        return self.facts.commune.code if self.facts.commune else None

    @property
    def eligible(self) -> bool:
        return bool(self.zones)

    @property
    def needs_instruction(self) -> bool:
        """Only a person can tell: a zone attested, a place elsewhere, or no zone while one is unknown."""
        if self.qpv.status == "claimed" or self.claimed or self.contradicted:
            return True
        rule = self.rule
        undecided = (
            (rule.asks_urban and self.large_urban_centre is None)
            or (rule.asks_qpv and self.qpv.status == "unknown")
            or (rule.asks_commune and self.facts.commune is None)
        )
        # One zone is enough: nobody is asked about another that no data tell.
        return undecided and not self.zones

    @property
    def contradicted(self) -> bool:
        """The place says two things, and the call asks where it is."""
        if not self.rule.asks_place:
            return False
        return self.facts.qpv.elsewhere or self.facts.mistake is not None or bool(self.facts.doubts)

    @property
    def datasets(self) -> list[dict[str, str]]:
        """Every version that was consulted, the shipped table of communes first."""
        return evidence.datasets(self.facts)

    @property
    def evidence(self) -> dict[str, Any]:
        """Plain JSON values: rules, thresholds, what was found, datasets. Fits the event's `evidence`."""
        return {
            "commune": evidence.of_commune(self.site, self.facts),
            "urban": evidence.of_urban(self.facts, self.rule, self.large_urban_centre),
            "qpv": {
                "rule": evidence.qpv_rule(self.rule),
                **self._qpv_json(),
                **evidence.of_qpv(self.site, self.facts.qpv),
            },
            "datasets": self.datasets,
        }

    def as_json(self) -> dict[str, Any]:
        """The answer of `territory check --json`."""
        return {
            "commune_code": self.commune_code,
            "large_urban_centre": self.large_urban_centre,
            "qpv": self._qpv_json(),
            "zones": list(self.zones),
            "datasets": self.datasets,
        }

    def _qpv_json(self) -> dict[str, Any]:
        return {
            "status": self.qpv.status,
            "code": self.qpv.code,
            "distance_m": self.qpv.distance_m,
        }
