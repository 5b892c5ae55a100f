"""EC2: the fixes for moto."""
