"""Formulas that several services share; each module follows one subject of AWS's documentation.

Like a service module, it holds formulas over arrays. Services import it; it imports no service and
names none in its code.
"""
