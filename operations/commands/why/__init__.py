"""`ops why`: the cause of a failed deployment, of a failed execution, or of a service that is not healthy."""
