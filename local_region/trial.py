# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries, in a throw-away nest, what hosts need of the kernel. Prints `refused: <sentence>` when it fails."""

from __future__ import annotations

import subprocess
import sys

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

_OVERLAY = (
    "mount -t tmpfs none /tmp && mkdir /tmp/upper /tmp/work /tmp/merged && "
    "mount -t overlay overlay -o lowerdir=/usr,upperdir=/tmp/upper,workdir=/tmp/work /tmp/merged"
)


def refusal() -> str | None:
    """The sentence for what the kernel does not do; None when hosts can run here."""
    overlay = subprocess.run(["sh", "-c", _OVERLAY], capture_output=True, text=True)
    if overlay.returncode != 0:
        said = " ".join(overlay.stderr.split())
        return (
            f"The local region's hosts need an overlay file system on a tmpfs, which this kernel refuses ({said}): "
            "use Linux 5.11 or newer with the overlay module loaded (`modprobe overlay`), or start the region as root."
        )
    try:
        with IPRoute() as network:
            network.link("add", ifname="br-trial", kind="bridge")
            network.link("add", ifname="veth-trial", kind="veth", peer="veth-trial-2")
    except NetlinkError as error:
        return (
            f"The local region's hosts need a bridge and veth interfaces, which this kernel refuses ({error}): "
            "load their modules as root (`modprobe -a bridge veth`)."
        )
    return None


if __name__ == "__main__":
    if sentence := refusal():
        print(f"refused: {sentence}")
        sys.exit(1)
