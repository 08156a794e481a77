"""LibreOffice Calc, run without a window: it reads the service's answers as numbers."""

import pytest
import requests

from tests.clients.programs import Office

LOCALES = ("en-US", "de-DE", "fr-FR", "pt-BR")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_locale_holds(office: Office, locale: str) -> None:
    """The office reads 1,5 as its locale does, so the other tests of locales prove something."""
    (shown,) = office.formulas(['=VALUE("1,5")'], locale)
    assert (shown["number"] == 1.5) == (locale != "en-US")
