"""The containers of tasks: their logs, and the commands that run on this machine."""
