"""The programs behind `make diff`, `make apply` and `make state-bucket`."""
