"""A small web service that keeps notes in PostgreSQL."""
