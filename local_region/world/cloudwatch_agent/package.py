# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in as a Debian package, made without Debian's tools. Source of the format: deb(5).

RPM packages are not offered: a host of the region has the machine's tools, and few machines have rpm.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

DIRECTORY = "opt/aws/amazon-cloudwatch-agent"
KEYS = tuple(
    f"{system}/{machine}/latest/amazon-cloudwatch-agent.deb"
    for system in ("debian", "ubuntu")
    for machine in ("amd64", "arm64")
)
VERSION = "1.0-local-region"


def bucket(region: str) -> str:
    """The name of the bucket in which AWS publishes its agent for a region."""
    return f"amazoncloudwatch-agent-{region}"


def package() -> bytes:
    """The package, of any architecture."""
    control = _tar({"./control": (_CONTROL.encode(), 0o644), "./postinst": (_POSTINST.encode(), 0o755)})
    data = _tar(
        {
            f"./{DIRECTORY}/bin/amazon-cloudwatch-agent-ctl": (_CTL.encode(), 0o755),
            f"./{DIRECTORY}/bin/amazon-cloudwatch-agent": (_RUN.encode(), 0o755),
            f"./{DIRECTORY}/lib/agent.py": (Path(__file__).with_name("agent.py").read_bytes(), 0o644),
            "./etc/systemd/system/amazon-cloudwatch-agent.service": (_UNIT.encode(), 0o644),
        }
    )
    members = {"debian-binary": b"2.0\n", "control.tar.gz": control, "data.tar.gz": data}
    return b"!<arch>\n" + b"".join(_member(name, content) for name, content in members.items())


def _member(name: str, content: bytes) -> bytes:
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
    return header + content + b"\n" * (len(content) % 2)


def _tar(files: dict[str, tuple[bytes, int]]) -> bytes:
    """A compressed archive of files (content, mode) and of the directories that they are in."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.GNU_FORMAT) as archive:
        folders = {str(parent) for name in files for parent in Path(name[2:]).parents}
        for folder in sorted(folders):
            entry = tarfile.TarInfo("./" if folder == "." else f"./{folder}/")
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for name, (content, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(held.getvalue(), mtime=0)


_CONTROL = f"""Package: amazon-cloudwatch-agent
Version: {VERSION}
Architecture: all
Maintainer: The convoy.delivery contributors <convoy-delivery@example.com>
Description: Stand-in of the local region for Amazon's CloudWatch agent
"""
_POSTINST = """#!/bin/sh
set -e
if [ ! -r /etc/convoy-region.env ]; then
    echo "This is a stand-in for hosts of a local region, and this is none (there is no /etc/convoy-region.env)." >&2
    exit 1
fi
echo "The local region's stand-in for the CloudWatch agent is installed."
"""
_RUN = f"""#!/bin/sh
. /etc/convoy-region.env
export REGION_ENDPOINT
exec "$REGION_PYTHON" -I /{DIRECTORY}/lib/agent.py
"""
_UNIT = f"""[Unit]
Description=Amazon CloudWatch agent (stand-in of the local region)
After=network.target

[Service]
Type=simple
ExecStart=/{DIRECTORY}/bin/amazon-cloudwatch-agent
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""
_CTL = f"""#!/bin/sh
# Takes what user data and runbooks say to AWS's amazon-cloudwatch-agent-ctl:
#   -a fetch-config -m ec2 -s -c file:/path     -a status     -a stop
set -eu
. /etc/convoy-region.env
action=status start= source=
while getopts a:m:c:so: option; do
    case "$option" in
        a) action=$OPTARG ;;
        c) source=$OPTARG ;;
        s) start=yes ;;
        m | o) ;;
        *) exit 1 ;;
    esac
done
case "$action" in
    fetch-config)
        case "$source" in
            file:*) ;;
            *)
                echo "The stand-in takes its configuration by -c file:/path, not ${{source:-from nowhere}}." >&2
                exit 1
                ;;
        esac
        mkdir -p /{DIRECTORY}/etc
        "$REGION_PYTHON" -I -m json.tool "${{source#file:}}" /{DIRECTORY}/etc/amazon-cloudwatch-agent.json
        echo "The local region's stand-in for the CloudWatch agent is configured."
        if [ -n "$start" ]; then
            systemctl daemon-reload
            systemctl enable amazon-cloudwatch-agent
            systemctl restart amazon-cloudwatch-agent
        fi
        ;;
    status) systemctl is-active amazon-cloudwatch-agent ;;
    stop) systemctl stop amazon-cloudwatch-agent ;;
    *)
        echo "The stand-in knows fetch-config, status and stop, not $action." >&2
        exit 1
        ;;
esac
"""
