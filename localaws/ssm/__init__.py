"""Systems Manager: the fixes for moto."""
