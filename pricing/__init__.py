"""Storecast's domain: dated AWS prices, capacity rules and their arithmetic on numpy arrays.

Nothing here knows of HTTP, the clock, the environment or the network.
The public names are those of the modules; start at :mod:`pricing.engine`.
"""
