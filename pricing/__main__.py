"""``python -m pricing``: see :mod:`upkeep.command`."""

import sys

from upkeep.command import main

if __name__ == "__main__":
    sys.exit(main())
