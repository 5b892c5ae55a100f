"""Step Functions: executions of state machines."""
