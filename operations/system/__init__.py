"""A deployed system, read through the AWS API. Commands, the preflight and the rehearsal read it here."""
