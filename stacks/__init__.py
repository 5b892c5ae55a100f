"""Stacks. The resources of one stack are deployed together."""
