#!/bin/sh
# BeforeInstall: the user that the service runs as; files are given to it by the AppSpec.
set -eu
id storefront >/dev/null 2>&1 || useradd --system --home-dir /opt/storefront --shell /bin/sh storefront
install -d -o storefront -g storefront -m 750 /opt/storefront
