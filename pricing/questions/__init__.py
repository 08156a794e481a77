"""The questions, one a module, with its texts beside it."""
