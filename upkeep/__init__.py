"""Keeps the prices true: reads AWS's price lists, maps them to the tables, and writes these.

An operator runs it (``python -m pricing``); the service never does.
"""
