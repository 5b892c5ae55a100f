"""S3: the fixes for moto."""
