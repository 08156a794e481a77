"""Requests: bodies, queries and sheets, and their faults."""
