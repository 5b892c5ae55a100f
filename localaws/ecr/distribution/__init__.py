"""The registry of ECR, which implements the OCI distribution specification."""
