"""Route 53: the fixes for moto."""
