"""The Fargate service."""
