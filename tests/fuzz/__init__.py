"""Fuzzing of what reads bytes from outside: one target for each decoder."""
