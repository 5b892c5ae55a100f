"""The rehearsal: deploys, changes and destroys the system on a local AWS, step by step."""

import tools.outside  # noqa: F401  # first: it handles Ctrl-C during the other imports, which are slow
