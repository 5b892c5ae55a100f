"""ECR: its API, its events, its registry, and the fixes for moto."""
