# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the machine lacks something, one sentence says what and how to get it, before anything starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from local_region import features, trial
from tests.running_region import ROOT, run_cli


def start(state_dir, prefix: tuple[str, ...] = (), **options) -> subprocess.CompletedProcess[str]:
    argv = [*prefix, sys.executable, "-m", "local_region", "start", "--state-dir", str(state_dir), "--port", "0"]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120, **options)


@pytest.mark.parametrize(("command", "package"), [("unshare", "util-linux"), ("nsenter", "util-linux")])
def test_a_missing_command_is_named_with_its_package(command, package, tmp_path):
    commands = tmp_path / "bin"
    commands.mkdir()
    for other in {"unshare", "nsenter", "mount"} - {command}:
        (commands / other).symlink_to(shutil.which(other))

    refused = start(tmp_path / "region", env={**os.environ, "PATH": str(commands)})

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"The local region needs the command {command}, which is not installed: install the package {package}.\n"
    )
    assert not (tmp_path / "region").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to lose")
def test_root_without_the_capability_gets_the_remedy(tmp_path):
    refused = start(tmp_path / "region", prefix=("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"))

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(
        "The local region may not make namespaces here, although it runs as root (unshare: "
    )
    assert "give the container CAP_SYS_ADMIN" in refused.stderr and refused.stderr.count("\n") == 1


def test_another_system_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(features.MissingFeature, match="needs Linux .* this is darwin: run it in a Linux"):
        features.require()


def test_a_kernel_that_refuses_the_overlay_is_named(monkeypatch):
    monkeypatch.setattr(trial, "_OVERLAY", "echo 'mount: wrong fs type' >&2; exit 32")

    assert "need an overlay file system on a tmpfs, which this kernel refuses (mount: wrong fs type)" in trial.refusal()


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=16384"),
    ],
)
def test_a_setting_that_forbids_user_namespaces_is_named_with_its_remedy(setting, value, remedy, tmp_path, monkeypatch):
    file = tmp_path / setting
    file.parent.mkdir()
    file.write_text(f"{value}\n")
    monkeypatch.setattr(features, "SETTINGS", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert f"`sysctl -w {remedy}`" in features.why_no_nest("unshare: unshare failed: Operation not permitted")


def test_a_state_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    refused = run_cli("start", "--state-dir", str(tmp_path / "file" / "region"), check=False)

    assert refused.returncode == 2
    assert refused.stderr == f"--state-dir {tmp_path}/file/region cannot be made: Not a directory.\n"
