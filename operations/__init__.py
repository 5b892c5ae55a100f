"""The programs behind `make diff`, `make comment`, `make apply` and `make state-bucket`."""
