"""RDS: the fixes for moto."""
