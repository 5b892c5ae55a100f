"""ECS Exec: the SSM agent in the containers, and the sessions with it."""
