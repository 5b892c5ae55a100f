"""Programs that run the project. They declare no resources."""
