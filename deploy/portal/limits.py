"""How often one network, session or dossier may ask: a bucket for each, that fills again with time."""

import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from shared.contract.attachments import DOSSIER_BYTES_MAX

ASKERS_MAX = 20_000
DAY_SECONDS = 86_400
HOME_PREFIX_BITS = 64  # of IPv6: whoever has one address has all of these


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one each `seconds`."""

    burst: int
    seconds: float


READING = Rate(burst=400, seconds=0.01)
SENDING = Rate(burst=60, seconds=2.0)
SAVING = Rate(burst=60, seconds=1.0)  # of one session, while somebody types
FILING = Rate(burst=10, seconds=600.0)  # what goes to the platform, and stays there
ACTING = Rate(burst=60, seconds=10.0)  # what one person signs
SETTING = Rate(burst=10, seconds=10.0)  # documents of one dossier: each is set anew
# Officers' pages, in one session: each asks the services a lot.
LOOKING = Rate(burst=120, seconds=0.5)
UPLOADING = Rate(burst=30, seconds=30.0)  # of one network: each may be as large as a file may be
UPLOADS_AT_ONCE_MAX = 16  # in memory, whoever sends them
UPLOADS_OF_A_NETWORK_MAX = 4  # of these: one that sends slowly leaves room for others
# Of bytes: they stay for a week, whether a draft names them or not.
UPLOADED = Rate(burst=200_000_000, seconds=DAY_SECONDS / 200_000_000)
UPLOADED_TO_A_DRAFT = Rate(burst=3 * DOSSIER_BYTES_MAX, seconds=DAY_SECONDS / DOSSIER_BYTES_MAX)
# Challenges of one network: the oldest gives way where too many are kept.
ENTERING = Rate(burst=40, seconds=3.0)
LOOKING_UP = Rate(burst=20, seconds=3.0)  # addresses, of another service
ASKING_FOR_A_LINK = Rate(burst=5, seconds=180.0)


def network_of(address: str) -> str:
    """The address itself; of IPv6 the network that one subscriber has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or IPv6Network((found.packed, HOME_PREFIX_BITS), strict=False))


class Limits:
    """Forgets the asker that was quiet for longest where there are too many."""

    def __init__(self, askers_max: int = ASKERS_MAX) -> None:
        self._spent: OrderedDict[tuple[str, Rate], float] = OrderedDict()
        self._askers_max = askers_max
        self._uploads: Counter[str] = Counter()

    @contextmanager
    def room_for_upload(self, network: str) -> Iterator[bool]:
        """Whether one more of this network may be read now: each lies in memory as a whole."""
        self._uploads[network] += 1
        try:
            of_all = self._uploads.total() <= UPLOADS_AT_ONCE_MAX
            yield of_all and self._uploads[network] <= UPLOADS_OF_A_NETWORK_MAX
        finally:
            self._uploads[network] -= 1
            if not self._uploads[network]:
                del self._uploads[network]

    def wait_seconds(
        self, asker: str, rate: Rate, now: float | None = None, count: int = 1
    ) -> float:
        """0 where the request may pass, which counts it; else how long until it might."""
        at = time.monotonic() if now is None else now
        key = (asker, rate)
        # The instant at which the bucket is full again: one number says all.
        cost_seconds = count * rate.seconds
        full_at = max(self._spent.pop(key, at), at) + cost_seconds
        excess = full_at - at - rate.burst * rate.seconds
        if excess > 0:
            self._spent[key] = full_at - cost_seconds
            return excess
        self._spent[key] = full_at
        if len(self._spent) > self._askers_max:
            self._spent.popitem(last=False)
        return 0.0
