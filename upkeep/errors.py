"""What stops an import; the tables are then as they were."""


class OfferError(Exception):
    """A price list cannot be imported; the text names the file, the place and the fault."""
