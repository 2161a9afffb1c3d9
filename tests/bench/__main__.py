"""`python -m tests.bench [--only NAME] [--quick] [--json]`: the same as `fabriques bench`."""

import sys

from deploy.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
