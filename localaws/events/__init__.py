"""EventBridge: the event bus, rules and targets."""
