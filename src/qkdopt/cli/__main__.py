"""``python -m qkdopt.cli``."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the working directory, whose files must not be imported

    from qkdopt.cli import main

    sys.exit(main())
