"""What is asked: bodies, queries and sheets, and what is wrong with them."""
