"""Mixed requests, each answer checked, while faults come and go."""
