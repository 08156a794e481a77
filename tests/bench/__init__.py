"""Measures the service beside a reference in the same run; see ``make bench``."""
