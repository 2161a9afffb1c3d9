"""What is imported once is walked by no collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded stays: the collector would walk it forty times, a tenth of a second, for nothing.

    Frozen, it is left alone later too: processes forked from this one go on sharing its pages.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
