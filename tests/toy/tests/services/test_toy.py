"""The worked example of the toy service."""

import pytest

from tests.services import examples


@pytest.mark.parametrize("example", examples.load("toy"))
def test_example(example: examples.Example) -> None:
    """The figures that were worked out by hand come out, in their units."""
    assert examples.found("toy", example) == examples.stated(example)
