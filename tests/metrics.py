"""What the service counts, as Prometheus reads it."""

from prometheus_client.parser import text_string_to_metric_families


def sums(text: str, name: str) -> dict[tuple[str, ...], float]:
    """Return the values of one metric by its labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }
