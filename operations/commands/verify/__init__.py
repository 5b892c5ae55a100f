"""The command `ops verify`: what an image or a revision needs to start, checked before it is deployed."""
