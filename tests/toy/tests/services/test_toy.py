"""The worked example of the toy service."""

from typing import Any

import pytest

from tests.services import examples


@pytest.mark.parametrize("example", examples.load("toy_examples.json"))
def test_example(example: dict[str, Any]) -> None:
    """The figure that was worked out by hand comes out."""
    expected = pytest.approx(example["expected"], abs=example["tolerance"])
    assert examples.figure("toy", example) == expected
