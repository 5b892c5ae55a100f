"""Plans of an environment, the summary of their changes, and their application."""
