# SPDX-License-Identifier: GPL-3.0-or-later
"""Connects Ansible with a host of the local region, as ssh connects it with a server.

Hosts have no sshd, since the machine that they show need not have one; `python -m local_region exec` is the way in.
This file is no part of the collection: only who rehearses needs it, by ANSIBLE_CONNECTION_PLUGINS.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
    name: region_host
    short_description: Connect with a host of the local region
    description:
      - Runs commands and copies files as root, through C(python -m local_region exec).
    options:
      host:
        description: Name of the on-premises host, or id of the EC2 instance.
        default: inventory_hostname
        vars:
          - name: inventory_hostname
          - name: local_region_host
      state_dir:
        description: Where the region runs.
        required: true
        vars:
          - name: local_region_state_dir
"""
ROOT = Path(__file__).resolve().parents[3]
# How the region says that it has no such host.
NOT_THERE = (b"No host runs for instance", b"The host of ", b"The local region is not running")


class Connection(ConnectionBase):
    """Every command is a process of its own, so there is nothing to open or to close."""

    transport = "region_host"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def close(self):
        self._connected = False

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = self._run(["/bin/sh", "-c", cmd], in_data or b"")
        # What the command itself says may be anything; a host that is not there says one sentence.
        if done.returncode and done.stderr.startswith(NOT_THERE):
            raise AnsibleConnectionFailure(done.stderr.decode().strip())
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        done = self._run(["/bin/sh", "-c", 'cat > "$1"', "sh", out_path], Path(in_path).read_bytes())
        if done.returncode:
            raise AnsibleError(f"{out_path} cannot be written: {done.stderr.decode().strip()}")

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        done = self._run(["cat", in_path])
        if done.returncode:
            raise AnsibleError(f"{in_path} cannot be read: {done.stderr.decode().strip()}")
        Path(out_path).write_bytes(done.stdout)

    def _run(self, argv, in_data=b""):
        self._connect()
        command = [sys.executable, "-m", "local_region", "exec", "--state-dir", self.get_option("state_dir")]
        command += [self.get_option("host"), "--", *argv]
        return subprocess.run(command, cwd=ROOT, input=in_data, capture_output=True)
