"""The programs behind `make diff`, `make comment`, `make apply`, `make deploy` and other commands for deployments."""

import tools.outside  # noqa: F401  # first: it handles Ctrl-C during the other imports, which are slow
