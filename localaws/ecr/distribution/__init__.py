"""The registry of ECR, which speaks the distribution specification."""
