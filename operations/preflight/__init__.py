"""What is missing before a deployment: `make preflight`, which `make deploy` also runs."""
