"""CloudWatch Logs: the refusals that moto lacks."""
