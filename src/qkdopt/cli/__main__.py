"""``python -m qkdopt.cli``."""

import sys

from qkdopt.cli import main

if __name__ == "__main__":
    sys.exit(main())
