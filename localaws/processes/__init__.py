"""Processes that the local AWS starts for commands of others."""
