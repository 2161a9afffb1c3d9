"""Asks this container's process whether it is ready; ends with 0 where it is, or where it listens to nobody.

Apart from the platform's code, because it is run every ten seconds. `PORT PATH` are a service's by default.
"""

import os
import sys
from ssl import create_default_context
from urllib.request import urlopen

SECONDS_MAX = 5.0
AUTHORITY = "keys/tls/ca.pem"


def ask(port: str, path: str) -> None:
    """Raises OSError where the answer is none, or another than 200."""
    if not os.environ.get("FABRIQUES_HTTP_CERTIFICATE"):
        urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS_MAX)
        return
    trusting = create_default_context(cafile=os.path.join(os.environ["FABRIQUES_HOME"], AUTHORITY))  # noqa: PTH118
    urlopen(f"https://127.0.0.1:{port}{path}", timeout=SECONDS_MAX, context=trusting)


def main(arguments: list[str]) -> int:
    port, path = arguments or (os.environ.get("FABRIQUES_HTTP_PORT", "0"), "/ready")
    if port == "0":
        return 0
    try:
        ask(port, path)
    except OSError as error:
        print(f"not ready: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
