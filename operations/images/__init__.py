"""Container images in ECR: read, uploaded, copied and promoted."""
