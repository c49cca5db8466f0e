# SPDX-License-Identifier: GPL-3.0-or-later
"""What the region serves as ``s3://aws-codedeploy-<region>/latest/install``, where AWS keeps its agent's installer.

Usage is that of AWS's: download, make executable, ``./install auto``. It sets up `local_region.world.agent`, which the
hosts' image already holds, and says that it is no AWS software.
"""

from __future__ import annotations

from local_region.world.agent import VERSION

KEY = "latest/install"


def bucket(region: str) -> str:
    """The name of the bucket in which AWS publishes its agent for a region."""
    return f"aws-codedeploy-{region}"


def script() -> bytes:
    """The installer. It finds the region by ``/etc/convoy-region.env``, which every host has."""
    return _SCRIPT.replace("@VERSION@", VERSION).encode()


_SCRIPT = r"""#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up the local region's stand-in for the CodeDeploy agent. On AWS this file is AWS's own installer.
set -eu

case "${1:-}" in
    auto | deb | rpm) ;;
    *)
        echo "Usage: ./install auto    (sets up the local region's stand-in for the CodeDeploy agent)" >&2
        exit 1
        ;;
esac
if [ ! -r /etc/convoy-region.env ]; then
    echo "install: this is no host of a local region (there is no /etc/convoy-region.env)." >&2
    exit 1
fi
. /etc/convoy-region.env
home=/opt/codedeploy-agent

mkdir -p /etc/codedeploy-agent/conf /etc/systemd/system /var/log/aws/codedeploy-agent
mkdir -p "$home/bin" "$home/deployment-root"

cat > /etc/codedeploy-agent/conf/codedeployagent.yml <<CONF
---
:log_aws_wire: false
:log_dir: '/var/log/aws/codedeploy-agent/'
:pid_dir: '$home/state/.pid/'
:program_name: codedeploy-agent
:root_dir: '$home/deployment-root'
:verbose: false
:wait_between_runs: 1
:proxy_uri:
:max_revisions: 5
:deploy_control_endpoint: '$REGION_ENDPOINT'
:s3_endpoint_override: '$REGION_ENDPOINT'
CONF

# -I: nothing of the agent's own Python shows in the environment of the scripts that it runs.
cat > "$home/bin/codedeploy-agent" <<RUN
#!/bin/sh
exec '$REGION_PYTHON' -I -c 'import sys; sys.path.insert(0, "$home/lib")
from codedeploy_agent.__main__ import main
sys.exit(main())' "\$@"
RUN
chmod 755 "$home/bin/codedeploy-agent"

cat > /etc/systemd/system/codedeploy-agent.service <<UNIT
[Unit]
Description=CodeDeploy agent (stand-in of the local region)
After=network.target

[Service]
Type=simple
WorkingDirectory=$home
ExecStart=$home/bin/codedeploy-agent
KillMode=process
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT

echo 'agent_version: @VERSION@' > "$home/.version"

systemctl daemon-reload
systemctl enable codedeploy-agent
systemctl start codedeploy-agent
echo "The local region's stand-in for the CodeDeploy agent is installed and runs."
"""
