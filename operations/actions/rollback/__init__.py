"""The command `ops rollback`: which image it deploys, what refuses the image, and the answer."""
