"""``python -m pricing``: see :mod:`upkeep.command`."""

import signal
import sys

from upkeep.command import main

signal.signal(signal.SIGTERM, signal.default_int_handler)
sys.exit(main())
