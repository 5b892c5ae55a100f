"""The actions of pipelines, one module for each provider."""
