"""How many examples a property is tried on: a few at every commit, many with HYPOTHESIS_PROFILE=long."""

import os

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "usual")
LONG = PROFILE == "long"
