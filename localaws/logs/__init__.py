"""CloudWatch Logs: corrections of moto's answers, and the refusals that moto lacks."""
