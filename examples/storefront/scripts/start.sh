#!/bin/sh
# ApplicationStart.
set -eu
systemctl daemon-reload
systemctl enable storefront >/dev/null 2>&1
systemctl restart storefront
