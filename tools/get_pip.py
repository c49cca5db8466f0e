# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for PyPA's get-pip.py where ansible-test wants one: puts pip into the running virtual environment.

Uses the pip that Python brings (ensurepip), then installs what get-pip.py would have been asked for.
"""

import subprocess
import sys

# Options of get-pip.py that pip itself doesn't know.
NOT_FOR_PIP = {"--no-setuptools", "--no-wheel"}


def main():
    wanted = [argument for argument in sys.argv[1:] if argument not in NOT_FOR_PIP]
    subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True, stdout=subprocess.DEVNULL)
    sys.exit(subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=False).returncode)


if __name__ == "__main__":
    main()
