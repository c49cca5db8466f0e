# SPDX-License-Identifier: GPL-3.0-or-later
import sys

from local_region.cli import main

if __name__ == "__main__":
    sys.exit(main())
