"""The profile of the test run."""

import os

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
"""Whether the run includes the thorough tests, and many more generated examples."""
