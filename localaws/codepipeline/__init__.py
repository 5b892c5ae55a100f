"""CodePipeline: its API, its executions, and the fixes for moto."""
