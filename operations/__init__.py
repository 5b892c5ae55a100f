"""The programs behind `make diff`, `make comment`, `make apply`, `make deploy` and others: commands on a deployment."""

import tools.outside  # noqa: F401  # first: the other imports take a while, and can be interrupted
