"""Bytes only: how tables, documents and numbers are written and read."""
