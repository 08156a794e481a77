"""Storecast over HTTP: routes, wire formats, views, problems and the contract."""
