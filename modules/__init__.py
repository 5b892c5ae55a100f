"""Constructs of the system, one role each."""
