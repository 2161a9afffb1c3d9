"""`python -m tests.bench.replica SERVICE [mute]`: one service process on a platform that runs already.

A mute one writes no closing line and counts nothing: what telling costs is measured beside it.
"""

import sys

from deploy.local.running.processes import serve_service
from deploy.local.running.vitals import Pulse
from shared.kit.consumer.consumer import Consumer
from shared.kit.settings import Settings

MUTE = "mute"

if __name__ == "__main__":
    if MUTE in sys.argv[2:]:
        Consumer._tell = lambda _self, _batch: None  # type: ignore[method-assign]
    sys.exit(serve_service(sys.argv[1], Settings(), Pulse())())
