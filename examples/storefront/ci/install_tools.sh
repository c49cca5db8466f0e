#!/bin/sh
# Installs what the build checks the shop with: ci/install_tools.sh DIRECTORY WHEELS
# The wheels are cached: the package index is asked by the first build only, and when the requirements change.
set -eu
python3 -m venv "$1"
install() { "$1/bin/pip" install --quiet --no-compile --no-index --find-links "$2" --requirement requirements-build.txt; }
install "$1" "$2" 2>/dev/null && exit
echo "The cached wheels do not do: asking the package index."
"$1/bin/pip" wheel --quiet --wheel-dir "$2" --requirement requirements-build.txt
install "$1" "$2"
