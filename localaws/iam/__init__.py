"""IAM: authorization of the calls of roles, by AWS services and from outside."""
