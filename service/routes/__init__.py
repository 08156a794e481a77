"""Which address: a function for each route."""
