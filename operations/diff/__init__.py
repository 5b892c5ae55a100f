"""Plans of an environment: their changes, their summary, their application."""
