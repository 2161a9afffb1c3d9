"""Invents the candidatures of a programme on real communes.

The same seed gives the same files, byte for byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from hashlib import blake2b
from math import ceil
from random import Random
from typing import Any

from nacl.signing import SigningKey

from deploy.rehearsal import words
from deploy.rehearsal.communes import CENTRES, communes_for, told_by
from shared.contract.uuid7 import uuid7
from shared.programme import Programme, ZoneRule
from shared.reference.communes import Commune

LEGAL_FORMS = (
    ["association"] * 12
    + ["company"] * 5
    + ["local-authority"] * 4
    + ["syndicat-mixte", "gip-gie", "foundation"]
)
KINDS = ("coworking", "tiers-lieu", "fablab", "living-lab", "friche-artistique", "other")

Marks = dict[str, int]


@dataclass(frozen=True)
class Applicant:
    """One file, and what officers and reviewers will find in it. `file` is the JSON of the submission.

    `zones` is what an officer finds on the spot. `marks` holds one dictionary for each reviewer.
    """

    candidature_id: str
    wave: str
    file: dict[str, Any]
    zones: tuple[str, ...]
    marks: tuple[Marks, ...]
    signing_key: SigningKey | None = field(default=None, repr=False)

    @property
    def siret(self) -> str:
        return str(self.file["holder"]["siret"])


@dataclass(frozen=True)
class Mix:
    """How many files of each territory a wave receives.

    Where a call has other zones than the shipped one, as many files are spread over its own.
    """

    outside_urban: int = 108
    in_qpv: int = 106
    in_both: int = 8
    in_neither: int = 10

    def zones(self, programme: Programme) -> list[tuple[str, ...]]:
        named = [zone.id for zone in programme.zones]
        if set(named) != {"outside-urban", "qpv"}:
            return self._spread(programme, named)
        zones: list[tuple[str, ...]] = [("outside-urban",)] * self.outside_urban
        zones += [("qpv",)] * self.in_qpv
        zones += [("outside-urban", "qpv")] * self.in_both
        zones += [()] * self.in_neither
        return zones

    def _spread(self, programme: Programme, named: Sequence[str]) -> list[tuple[str, ...]]:
        """No place is in no zone of a call for everywhere."""
        outside = 0 if programme.asks(ZoneRule.EVERYWHERE) else self.in_neither
        inside = self.outside_urban + self.in_qpv + self.in_both + self.in_neither - outside
        return [(named[number % len(named)],) for number in range(inside)] + [()] * outside


class Inventor:
    """Makes files one after the other; no two share a SIRET, nor, in a wave, all their marks."""

    def __init__(self, programme: Programme, seed: str) -> None:
        self._programme = programme
        self._seed = seed
        self._count = 0
        self._profiles: dict[str, set[tuple[int, ...]]] = {
            wave.id: set() for wave in programme.waves
        }

    def wave(self, wave: str, mix: Mix) -> list[Applicant]:
        zones = mix.zones(self._programme)
        drawn_from(f"{self._seed}/{wave}").shuffle(zones)
        return [self.applicant(wave, place_zones) for place_zones in zones]

    def applicant(
        self, wave: str, zones: tuple[str, ...], marks_sum: Sequence[int] | None = None
    ) -> Applicant:
        """A file nobody sent before. `marks_sum` is the sum of two reviewers' marks, a criterion each."""
        self._count += 1
        random = drawn_from(f"{self._seed}/{self._count}")
        commune = random.choice(communes_for(self._programme, zones))
        candidature_id = _uuid7(f"{self._seed}/{self._count}", self._opening(wave), random)
        profile = tuple(marks_sum) if marks_sum else self._profile(wave, random)
        file = _file(candidature_id, siret_of(self._count), commune, zones, random, self._programme)
        criteria = [criterion.id for criterion in self._programme.criteria]
        return Applicant(candidature_id, wave, file, zones, _reviews(criteria, profile, random))

    def _opening(self, wave: str) -> datetime:
        known = self._programme.wave(wave)
        assert known
        return datetime.combine(known.opens_on, time(), UTC)

    def _profile(self, wave: str, random: Random) -> tuple[int, ...]:
        """Marks that no other file of the wave has: the order of arrival never decides between two."""
        known = self._profiles[wave]
        top = 2 * self._programme.reviews.mark_max
        size = len(self._programme.criteria)
        while True:
            quality = random.gauss(0.66, 0.14)
            marks = (round(top * (quality + random.uniform(-0.2, 0.2))) for _ in range(size))
            profile = tuple(min(top, max(1, mark)) for mark in marks)
            if profile not in known and sum(profile) <= best_mark_sum(self._programme):
                known.add(profile)
                return profile


def best_mark_sum(programme: Programme) -> int:
    """Generated files stay below: the marks above are for those whose story needs a label."""
    return 9 * 2 * programme.reviews.mark_max * len(programme.criteria) // 10


def drawn_from(seed: str) -> Random:
    return Random(seed)  # noqa: S311 -- a rehearsal must be drawn again the same


def _post_town(commune: Commune) -> str:
    """`03200 Vichy`: never the postal code that reads as the commune's own code."""
    served = [code for code in commune.postal_codes if code != commune.code]
    return f"{served[0]} {commune.name}" if served else commune.name


def siret_of(number: int) -> str:
    """The number-th valid SIRET of a rehearsal: nine digits with their key, an establishment with its own."""
    siren = _with_luhn_key(f"{80_000_000 + number * 37:08d}")
    return _with_luhn_key(f"{siren}0001")


def _with_luhn_key(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2 == 0:
            value *= 2
        total += sum(map(int, str(value)))
    return f"{digits}{-total % 10}"


def _uuid7(name: str, day: datetime, random: Random) -> str:
    milliseconds = int(day.timestamp() * 1000) + random.randrange(60 * 86_400_000)
    tail = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
    return uuid7(milliseconds, tail >> 52, tail)


def _file(
    candidature_id: str,
    siret: str,
    commune: Commune,
    zones: tuple[str, ...],
    random: Random,
    programme: Programme,
) -> dict[str, Any]:
    place = random.choice(words.PLACE_NAMES)
    legal_form = random.choice(
        [form for form in LEGAL_FORMS if form in programme.intake.legal_forms]
    )
    first = random.choice(words.FIRST_NAMES)
    last = random.choice(words.LAST_NAMES)
    holder = words.HOLDERS[legal_form].format(place=place, commune=commune.name)
    texts = {
        name: text.format(place=place, commune=commune.name, holder=holder)
        for name, text in words.TEXTS.items()
    }
    latitude, longitude = CENTRES[commune.region]
    reach = 0.05 if commune.region == "04" else 0.4
    declared = told_by(programme, zones, ZoneRule.DECLARED)
    near_qpv = told_by(programme, zones, ZoneRule.NEAR_QPV)
    return {
        "candidature_id": candidature_id,
        "holder": {
            "legal_name": holder,
            "siret": siret,
            "legal_form": legal_form,
            "representative": f"{first} {last}",
            "email": f"contact-{siret[:9]}@exemple.invalid",
            "phone": f"+33 1 99 00 {random.randrange(100):02d} {random.randrange(100):02d}",
            "public_key": None,
        },
        "place": {
            "name": place,
            "kinds": sorted(random.sample(KINDS, random.choice((1, 2, 2, 3)))),
            "address": f"{random.randrange(1, 90)} {random.choice(words.STREETS)}, {_post_town(commune)}",
            "commune_code": commune.code,
            "latitude": round(latitude + random.uniform(-reach, reach), 5),
            "longitude": round(longitude + random.uniform(-reach, reach), 5),
            "existing": random.random() < 0.8,
            "declared_qpv": _qpv_code(commune, random) if near_qpv else None,
            **({"declared_zones": declared} if declared else {}),
        },
        "project": {
            **texts,
            "support_needs": sorted(random.sample(words.SUPPORT_NEEDS, random.choice((1, 2, 3)))),
        },
        "budget": {"requested_cents": _amounts(random, programme)},
    }


def _qpv_code(commune: Commune, random: Random) -> str:
    return f"QP{commune.department:0>3}{random.randrange(1, 60):03d}"


def _amounts(random: Random, programme: Programme) -> list[int]:
    """Nearly everybody asks for the most a year may be; the rest for less, never under the floor."""
    award = programme.award
    if random.random() < 0.85 or award.is_flat:
        return full_amounts(programme)
    least_euros = ceil(award.floor_cents / award.years / 100)
    most_euros = min(full_amounts(programme)) // 100
    return [random.randrange(least_euros, most_euros, 500) * 100 for _ in range(award.years)]


def full_amounts(programme: Programme) -> list[int]:
    """The most that an award may be, in equal years; odd cents go to the first."""
    award = programme.award
    whole_cents = min(award.ceiling_cents, award.yearly_cap_cents * award.years)
    share, odd = divmod(whole_cents, award.years)
    return [share + 1] * odd + [share] * (award.years - odd)


def _reviews(criteria: Sequence[str], profile: Sequence[int], random: Random) -> tuple[Marks, ...]:
    """Two reviewers whose marks add up to the profile, never far from each other."""
    first: Marks = {}
    second: Marks = {}
    for name, mark in zip(criteria, profile, strict=True):
        odd_point_to_the_first = random.randrange(2) if mark % 2 else 0
        first[name] = mark // 2 + odd_point_to_the_first
        second[name] = mark - first[name]
    return first, second
