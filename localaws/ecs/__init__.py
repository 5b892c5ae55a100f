"""ECS: its API, its deployments and tasks, and the fixes for moto."""
