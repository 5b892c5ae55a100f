"""IAM: authorization of the calls that AWS services make for a role."""
