"""Invents the candidatures of a programme on real communes.

The same seed gives the same files, byte for byte.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import Any

from nacl.signing import SigningKey

from deploy.rehearsal import words
from shared.contract.uuid7 import uuid7
from shared.programme import Programme
from shared.reference.communes import Commune, load_communes

URBAN_EPCI = ("METRO", "MET69")
BEST_MARK_SUM = 36  # generated files stay below: the marks above are for those whose story needs a label
LEGAL_FORMS = (
    ["association"] * 12
    + ["company"] * 5
    + ["local-authority"] * 4
    + ["syndicat-mixte", "gip-gie", "foundation"]
)
KINDS = ("coworking", "tiers-lieu", "fablab", "living-lab", "friche-artistique", "other")
# Latitude and longitude, degrees: somewhere in the middle of each region.
CENTRES = {
    "44": (48.7, 5.6), "76": (43.7, 2.1), "75": (45.2, 0.2), "84": (45.5, 4.5), "32": (49.9, 2.8),
    "27": (47.2, 4.8), "28": (49.1, 0.1), "24": (47.5, 1.7), "11": (48.7, 2.5), "52": (47.5, -0.8),
    "53": (48.2, -2.8), "93": (43.9, 6.1), "94": (42.2, 9.1), "04": (-21.1, 55.5),
}  # fmt: skip

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
    """How many files of each territory a wave receives."""

    outside_urban: int = 108
    in_qpv: int = 106
    in_both: int = 8
    in_neither: int = 10

    def zones(self) -> list[tuple[str, ...]]:
        zones: list[tuple[str, ...]] = [("outside-urban",)] * self.outside_urban
        zones += [("qpv",)] * self.in_qpv
        zones += [("outside-urban", "qpv")] * self.in_both
        zones += [()] * self.in_neither
        return zones


class Inventor:
    """Makes files one after the other; no two share a SIRET, nor, in a wave, all their marks."""

    def __init__(self, programme: Programme, seed: str) -> None:
        self._programme = programme
        self._seed = seed
        self._count = 0
        self._profiles: dict[str, set[tuple[int, ...]]] = {wave.id: set() for wave in programme.waves}

    def wave(self, wave: str, mix: Mix) -> list[Applicant]:
        zones = mix.zones()
        drawn_from(f"{self._seed}/{wave}").shuffle(zones)
        return [self.applicant(wave, place_zones) for place_zones in zones]

    def applicant(
        self, wave: str, zones: tuple[str, ...], marks_sum: Sequence[int] | None = None
    ) -> Applicant:
        """A file nobody sent before. `marks_sum` is the sum of two reviewers' marks, a criterion each."""
        self._count += 1
        random = drawn_from(f"{self._seed}/{self._count}")
        communes = _other_communes() if "outside-urban" in zones else _urban_communes()
        commune = random.choice(communes)
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
            if profile not in known and sum(profile) <= BEST_MARK_SUM:
                known.add(profile)
                return profile


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


@lru_cache(maxsize=1)
def _urban_communes() -> list[Commune]:
    """Communes of a métropole that are large enough to have a priority neighbourhood."""
    return [c for c in _placed() if c.epci_nature in URBAN_EPCI and (c.population or 0) >= 10_000]


@lru_cache(maxsize=1)
def _other_communes() -> list[Commune]:
    return [c for c in _placed() if c.epci_nature in ("CC", "CA") and (c.population or 0) >= 400]


def _placed() -> Iterator[Commune]:
    return (commune for commune in load_communes() if commune.region in CENTRES)


def _file(
    candidature_id: str,
    siret: str,
    commune: Commune,
    zones: tuple[str, ...],
    random: Random,
    programme: Programme,
) -> dict[str, Any]:
    place = random.choice(words.PLACE_NAMES)
    legal_form = random.choice(LEGAL_FORMS)
    first = random.choice(words.FIRST_NAMES)
    last = random.choice(words.LAST_NAMES)
    holder = words.HOLDERS[legal_form].format(place=place, commune=commune.name)
    texts = {
        name: text.format(place=place, commune=commune.name, holder=holder)
        for name, text in words.TEXTS.items()
    }
    latitude, longitude = CENTRES[commune.region]
    reach = 0.05 if commune.region == "04" else 0.4
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
            "declared_qpv": _qpv_code(commune, random) if "qpv" in zones else None,
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
    if random.random() < 0.85:
        return [award.yearly_cap_cents] * award.years
    least_euros = award.floor_cents // award.years // 100
    most_euros = award.yearly_cap_cents // 100
    return [random.randrange(least_euros, most_euros, 500) * 100 for _ in range(award.years)]


def _reviews(criteria: Sequence[str], profile: Sequence[int], random: Random) -> tuple[Marks, ...]:
    """Two reviewers whose marks add up to the profile, never far from each other."""
    first: Marks = {}
    second: Marks = {}
    for name, mark in zip(criteria, profile, strict=True):
        odd_point_to_the_first = random.randrange(2) if mark % 2 else 0
        first[name] = mark // 2 + odd_point_to_the_first
        second[name] = mark - first[name]
    return first, second
