#!/bin/sh
# AfterInstall, as the service's own user: can it read what was installed, and does it compile?
set -eu
cd /opt/storefront
python3 - <<'PY'
import ast, json, pathlib
json.loads(pathlib.Path("settings.json").read_text())
for source in pathlib.Path("storefront").glob("*.py"):
    ast.parse(source.read_text(), str(source))
print("storefront", pathlib.Path("VERSION").read_text().strip(), "is complete")
PY
