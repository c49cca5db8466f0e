#!/bin/sh
# ApplicationStop: the script of the revision that runs now. Nothing to stop is no failure.
set -eu
systemctl stop storefront || true
