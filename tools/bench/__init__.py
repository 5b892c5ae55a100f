"""Measurements of a synthesis: of this project, and of programs that declare a similar system."""

import tools.outside  # noqa: F401  # first, because the other imports take a while and can be interrupted
