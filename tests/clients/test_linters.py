"""Linters, with the rules that they recommend, find nothing in the contract."""

import json

from tests.clients.programs import CONTRACT, HERE, MODULES, said

ALONE = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
"""Redocly asks nobody whether there is a newer one."""


def test_spectral_finds_nothing() -> None:
    """Not even a hint is left by Spectral's rules of OpenAPI."""
    options = ["--ruleset", HERE / "spectral.yml", "--fail-severity", "hint", "--quiet"]
    assert said(MODULES / "spectral", "lint", *options, CONTRACT, cwd=HERE).strip() == ""


def test_redocly_finds_nothing() -> None:
    """No rule that Redocly recommends is broken or ignored."""
    options = ["--extends", "recommended", "--format", "json"]
    told = said(MODULES / "redocly", "lint", *options, CONTRACT, cwd=HERE, **ALONE)
    found, _ = json.JSONDecoder().raw_decode(told[told.index("{") :])
    assert found["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}
