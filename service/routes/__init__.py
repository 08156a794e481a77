"""Routes: one function for each address."""
