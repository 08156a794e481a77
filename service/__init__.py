"""Storecast over HTTP: formats, requests, answers, their delivery, routes and the contract."""
