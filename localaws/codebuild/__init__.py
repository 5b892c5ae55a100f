"""CodeBuild: its API, its builds, and the fixes for moto."""
