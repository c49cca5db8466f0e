# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests share that release a small web site to hosts: bundles, the agent's installation, the hosts' role."""

import io
import json
import threading
import zipfile

import pytest

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/codedeploy"
USER_DATA = f"""#!/bin/sh
set -eu
. /etc/convoy-region.env
cd /tmp
curl -sf -o install "$REGION_ENDPOINT/aws-codedeploy-{REGION}/latest/install"
chmod +x install
./install auto
"""
APPSPEC = """version: 0.0
os: linux
files:
  - source: page
    destination: /srv/site
hooks:
  ApplicationStop:
    - location: scripts/stop.sh
      timeout: 20
  ApplicationStart:
    - location: scripts/start.sh
      timeout: 20
  ValidateService:
    - location: scripts/validate.sh
      timeout: 20
"""
UNIT = """[Unit]
Description=site
[Service]
WorkingDirectory=/srv/site
ExecStart=/usr/bin/python3 /srv/site/serve.py
"""
# Every page is the version, which X-Version says too; connections are kept, and many may wait.
SERVE = """import http.server
from pathlib import Path

VERSION = Path("/srv/site/index.html").read_text()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("X-Version", VERSION)
        self.send_header("Content-Length", str(len(VERSION)))
        self.end_headers()
        self.wfile.write(VERSION.encode())


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


Server(("", 8000), Handler).serve_forever()
"""
START = """#!/bin/sh
set -e
install -m 644 "$(dirname "$0")/site.service" /etc/systemd/system/site.service
systemctl daemon-reload
systemctl start site > /dev/null 2>&1
"""


def bundle(version: str, valid: bool = True) -> bytes:
    """A zip whose site says its version; an invalid one fails in ValidateService."""
    validate = "#!/bin/sh\n" + ("exit 0\n" if valid else f"echo version {version} is broken >&2\nexit 3\n")
    files = {
        "appspec.yml": APPSPEC,
        "page/index.html": version,
        "page/serve.py": SERVE,
        "scripts/site.service": UNIT,
        "scripts/start.sh": START,
        "scripts/stop.sh": "#!/bin/sh\nsystemctl stop site > /dev/null 2>&1 || true\n",
        "scripts/validate.sh": validate,
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def wait_until(look, seconds: float = 60.0):
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if found := look():
            return found
        pause.wait(0.1)
    pytest.fail(f"not within {seconds} s")


def make_profile(iam) -> None:
    """The instance profile `site-host`, with a role that may read bundles."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    read = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}
    iam.create_role(RoleName="site-host", AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName="site-host", PolicyName="bundles", PolicyDocument=policy(read))
    iam.create_instance_profile(InstanceProfileName="site-host")
    iam.add_role_to_instance_profile(InstanceProfileName="site-host", RoleName="site-host")


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def delete_profile(iam) -> None:
    iam.remove_role_from_instance_profile(InstanceProfileName="site-host", RoleName="site-host")
    iam.delete_instance_profile(InstanceProfileName="site-host")
    iam.delete_role_policy(RoleName="site-host", PolicyName="bundles")
    iam.delete_role(RoleName="site-host")


def delete_bucket(s3) -> None:
    for found in s3.list_objects_v2(Bucket="site-bundles").get("Contents", []):
        s3.delete_object(Bucket="site-bundles", Key=found["Key"])
    s3.delete_bucket(Bucket="site-bundles")
