"""What is said: the engine's arrays as answers, each with its tables."""
