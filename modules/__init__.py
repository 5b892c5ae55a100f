"""Constructs of the system. Each has one responsibility."""
