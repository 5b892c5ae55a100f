"""Measurements of the project's own speed."""

import tools.outside  # noqa: F401  # first, because the other imports take a while and can be interrupted
