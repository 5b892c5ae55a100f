"""AWS Certificate Manager: the fixes for moto."""
