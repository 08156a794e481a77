"""``python -m pricing``: see :mod:`upkeep.command`."""

import sys

from upkeep.command import main

sys.exit(main())
