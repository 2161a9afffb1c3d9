"""`python -m tests.bench.replica SERVICE`: one service process on a platform that runs already."""

import sys

from deploy.local.processes import serve_service
from deploy.local.vitals import Pulse
from shared.kit.settings import Settings

if __name__ == "__main__":
    sys.exit(serve_service(sys.argv[1], Settings(), Pulse())())
