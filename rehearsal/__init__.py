"""The life of the system on a local AWS, in steps."""

import tools.outside  # noqa: F401  # first: it handles Ctrl-C during the other imports, which are slow
