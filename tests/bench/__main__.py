# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every benchmark of this directory, one after the other: `python -m tests.bench`, or `make bench`."""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def main():
    ended = []
    for script in sorted(HERE.glob("*.py")):
        if script.name.startswith("_"):
            continue
        print(f"== {script.stem}", flush=True)
        ended.append(subprocess.run([sys.executable, str(script)], check=False).returncode)
    sys.exit(max(ended))


if __name__ == "__main__":
    main()
