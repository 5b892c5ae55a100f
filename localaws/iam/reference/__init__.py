"""The requests to IAM that follow from AWS's Service Authorization Reference."""
