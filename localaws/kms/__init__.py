"""KMS: the fixes for moto."""
