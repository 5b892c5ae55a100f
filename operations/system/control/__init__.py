"""The changes of a deployed environment, through the AWS API."""
