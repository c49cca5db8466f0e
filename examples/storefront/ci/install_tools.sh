#!/bin/sh
# Installs what the build checks the shop with: ci/install_tools.sh DIRECTORY WHEELS
# The wheels are cached: the package index is asked by the first build only, and when the requirements change.
set -eu
tools=$1 wheels=$2

# A Python without pip gets one in a virtual environment, which takes some seconds to make.
if ! python3 -m pip --version >/dev/null 2>&1; then
    python3 -m venv "$tools-pip"
    PATH=$tools-pip/bin:$PATH
fi

install() {
    python3 -m pip install --quiet --no-compile --no-index --find-links "$wheels" --target "$tools" \
        --requirement requirements-build.txt
}

install 2>/dev/null && exit
echo "The cached wheels do not do: asking the package index."
python3 -m pip wheel --quiet --wheel-dir "$wheels" --requirement requirements-build.txt
install
