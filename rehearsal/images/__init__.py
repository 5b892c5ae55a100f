"""Container images for the rehearsal, as `docker build` makes them."""
