"""`ops run`: a command in a one-off task."""
