"""What several services share: each room follows one subject of AWS's documentation.

A room holds formulas over arrays, as a service module does, and no service's name. It imports what
a service imports; services import it, and it imports no service.
"""
