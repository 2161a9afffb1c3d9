"""`python -m deploy.local PLAN`: runs a platform for whoever holds its standard input."""

import sys

from deploy.frozen import loading

with loading():
    from deploy.local.running.owned_supervisor import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
