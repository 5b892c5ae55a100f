"""Secrets Manager: secrets and their events."""
