#!/bin/sh
# ValidateService: the deployment of this host stands or falls with the application's own health.
set -eu
python3 - <<'PY'
import json, pathlib, sys, time, urllib.error, urllib.request

expected = pathlib.Path("/opt/storefront/VERSION").read_text().strip()
deadline, reason = time.monotonic() + 10, "no answer"
while time.monotonic() < deadline:
    try:
        with urllib.request.urlopen("http://127.0.0.1:8000/health", timeout=2) as answer:
            health = json.load(answer)
        if health["version"] == expected:
            print(f"storefront {expected} is healthy")
            sys.exit(0)
        reason = f"version {health['version']} answers, {expected} is installed"
    except urllib.error.HTTPError as error:  # it runs and says that it is ill: waiting won't help
        sys.exit(f"storefront {expected} is not healthy: HTTP {error.code} {error.read().decode().strip()}")
    except OSError as error:
        reason = str(error)
    time.sleep(0.1)
sys.exit(f"storefront {expected} did not come up: {reason}")
PY
