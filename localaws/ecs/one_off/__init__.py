"""One-off tasks, which RunTask starts."""
