"""One module per AWS service; the folder is the registry."""
