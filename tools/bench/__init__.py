import tools.outside  # noqa: F401  # first: the other imports take a while, and can be interrupted
