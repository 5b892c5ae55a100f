"""The logs of an environment, in CloudWatch Logs: of the service, of the builds and of the database."""
