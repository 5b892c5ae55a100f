"""Checks of requests and answers against AWS's API models, which botocore contains."""
