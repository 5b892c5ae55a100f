"""The life of the system, on a local AWS."""

import tools.outside  # noqa: F401  # first: the other imports take a while, and can be interrupted
