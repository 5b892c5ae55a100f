"""The command `ops wait`."""
