"""How often one address of the network may ask: a bucket for each, that fills again with time."""

import time
from collections import OrderedDict
from dataclasses import dataclass

ADDRESSES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one each `seconds`."""

    burst: int
    seconds: float


READING = Rate(burst=400, seconds=0.01)
SENDING = Rate(burst=60, seconds=2.0)
ASKING_FOR_A_LINK = Rate(burst=5, seconds=180.0)


class Limits:
    """Forgets the address that was quiet for longest where there are too many."""

    def __init__(self, addresses_max: int = ADDRESSES_MAX) -> None:
        self._spent: OrderedDict[tuple[str, Rate], float] = OrderedDict()
        self._addresses_max = addresses_max

    def wait_seconds(self, address: str, rate: Rate, now: float | None = None) -> float:
        """0 where the request may pass, which counts it; else how long until it might."""
        at = time.monotonic() if now is None else now
        key = (address, rate)
        # The instant at which the bucket is full again: one number says all.
        full_at = max(self._spent.pop(key, at), at) + rate.seconds
        excess = full_at - at - rate.burst * rate.seconds
        if excess > 0:
            self._spent[key] = full_at - rate.seconds
            return excess
        self._spent[key] = full_at
        if len(self._spent) > self._addresses_max:
            self._spent.popitem(last=False)
        return 0.0
