"""Elastic Load Balancing: the fixes for moto."""
