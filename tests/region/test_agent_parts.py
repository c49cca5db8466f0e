# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's small parts: configuration, identity, specification, bundles, revisions, script log, back-off."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile

import pytest

from local_region.world.agent import config, hooks, identity
from local_region.world.agent.appspec import Script
from local_region.world.agent.bundle import BundleError, unpack
from local_region.world.agent.config import Config, ConfigError
from local_region.world.agent.daemon import back_off
from local_region.world.agent.envelope import S3Revision, SpecificationError, open_envelope, specification
from local_region.world.agent.pkcs7 import signed_content
from local_region.world.agent.revisions import Revisions
from local_region.world.agent.tracking import Tracking
from tests.region.host_nest import signed

DATA = {
    "DeploymentId": "d-1",
    "DeploymentGroupId": "g-1",
    "DeploymentGroupName": "web",
    "ApplicationName": "shop",
    "Revision": {"RevisionType": "S3", "S3Revision": {"Bucket": "b", "Key": "k", "BundleType": "zip"}},
}


# -- configuration and identity


def test_the_configuration_is_read_with_and_without_colons(tmp_path):
    file = tmp_path / "codedeployagent.yml"
    file.write_text(
        "---\n:root_dir: '/x'\nmax_revisions: 2\n:wait_between_runs: 1\n:proxy_uri:\n:log_aws_wire: false\n"
    )
    read = config.read(file)
    assert (read.root_dir, read.max_revisions, read.wait_between_runs, read.proxy_uri) == ("/x", 2, 1.0, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- a", "holds no keys"),
        (":max_revisions: 0", "max_revisions is 0, it must be 1 or more"),
        (":max_revisions: many", "max_revisions is 'many', it must be a whole number"),
        (":verbose: 3", "verbose is 3, it must be true or false"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_reason(tmp_path, text, reason):
    file = tmp_path / "codedeployagent.yml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        config.read(file)


def test_an_on_premises_user_is_who_the_file_says(tmp_path):
    file = tmp_path / "codedeploy.onpremises.yml"
    file.write_text("iam_user_arn: arn:u\nregion: eu-west-1\naws_access_key_id: AKIA\naws_secret_access_key: s\n")
    found = identity.find(Config(on_premises_config_file=str(file)), {})
    assert (found.host_identifier, found.region, found.credentials().access_key) == ("arn:u", "eu-west-1", "AKIA")


def test_an_on_premises_session_reads_its_credentials_anew(tmp_path):
    file, keys = tmp_path / "codedeploy.onpremises.yml", tmp_path / "credentials"
    file.write_text(f":iam_session_arn: arn:s\n:region: eu-west-1\n:aws_credentials_file: {keys}\n")
    found = identity.find(Config(on_premises_config_file=str(file)), {})
    for key in ("ASIA1", "ASIA2"):
        keys.write_text(f"[default]\naws_access_key_id={key}\naws_secret_access_key=s\naws_session_token=t\n")
        assert (found.credentials().access_key, found.credentials().token) == (key, "t")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("region: eu-west-1", "exactly one of iam_user_arn and iam_session_arn"),
        ("{iam_user_arn: a, iam_session_arn: b}", "exactly one of iam_user_arn and iam_session_arn"),
        ("{iam_user_arn: a, region: r}", "needs also aws_access_key_id and aws_secret_access_key"),
        ("{iam_session_arn: a, region: r}", "needs also aws_credentials_file"),
    ],
)
def test_an_incomplete_on_premises_file_is_refused(tmp_path, text, reason):
    file = tmp_path / "codedeploy.onpremises.yml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        identity.find(Config(on_premises_config_file=str(file)), {})


def test_the_environment_names_the_host_where_no_file_does(tmp_path):
    given = {"AWS_HOST_IDENTIFIER": "arn:h", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY": "A", "AWS_SECRET_KEY": "s"}
    found = identity.find(Config(on_premises_config_file=str(tmp_path / "none")), given)
    assert (found.host_identifier, found.region, found.credentials().access_key) == ("arn:h", "eu-west-1", "A")


# -- the specification


def test_a_specification_comes_out_of_its_signed_envelope():
    import json

    spec = open_envelope({"Format": "PKCS7/JSON", "Payload": signed(json.dumps(DATA).encode())})
    assert (spec.deployment_id, spec.group_id, spec.revision) == ("d-1", "g-1", S3Revision("b", "k", "zip"))
    assert (spec.creator, spec.deployment_type, spec.file_exists_behavior) == ("user", "IN_PLACE", "DISALLOW")


def test_an_envelope_may_hold_text_of_any_script():
    assert signed_content(signed("größe".encode())).decode() == "größe"


@pytest.mark.parametrize(
    ("envelope", "reason"),
    [
        ({"Format": "TEXT/JSON", "Payload": "{}"}, "format is TEXT/JSON; only PKCS7/JSON"),
        ({"Format": "PKCS7/JSON", "Payload": "x"}, "no PKCS #7 message in PEM form"),
        ({"Format": "PKCS7/JSON", "Payload": signed(b"no json")}, "cannot be read"),
    ],
)
def test_an_envelope_that_cannot_be_read_is_refused(envelope, reason):
    with pytest.raises(SpecificationError, match=reason):
        open_envelope(envelope)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"DeploymentId": ""}, "has no DeploymentId"),
        ({"ApplicationName": None}, "has no ApplicationName"),
        ({"Revision": {"RevisionType": "GitHub"}}, "type GitHub are not fetched here"),
        ({"Revision": {"RevisionType": "S3", "S3Revision": {"Bucket": "b"}}}, "needs Bucket, Key and BundleType"),
        ({"Revision": DATA["Revision"] | {"S3Revision": {"Bucket": "b", "Key": "k", "BundleType": "rar"}}}, "is rar"),
    ],
)
def test_an_incomplete_specification_is_refused(changes, reason):
    with pytest.raises(SpecificationError, match=reason):
        specification(DATA | changes)


def test_a_deployments_arn_is_shortened_to_its_id():
    assert specification(DATA | {"DeploymentId": "arn:aws:codedeploy:r:1:deployment/d-9"}).deployment_id == "d-9"


# -- bundles


def tar_of(entries, mode="w") -> bytes:
    """`entries`: name -> content, ("link", target) or ("hard", target)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in entries.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, tuple):
                member.type = tarfile.SYMTYPE if content[0] == "link" else tarfile.LNKTYPE
                member.linkname = content[1]
                archive.addfile(member)
            else:
                member.size, member.mode, member.mtime = len(content), 0o750, 1000
                member.uid, member.gid = os.getuid(), os.getgid()
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zip_of(entries) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            member = zipfile.ZipInfo(name)
            link = isinstance(content, tuple)
            member.external_attr = ((stat.S_IFLNK | 0o777) if link else (stat.S_IFREG | 0o750)) << 16
            archive.writestr(member, content[1] if link else content)
    return buffer.getvalue()


MAKERS = {"tar": tar_of, "tgz": lambda entries: tar_of(entries, "w:gz"), "zip": zip_of}


def unpacked(tmp_path, content: bytes, kind: str):
    (tmp_path / "bundle.tar").write_bytes(content)
    unpack(tmp_path / "bundle.tar", kind, tmp_path / "archive")
    return tmp_path / "archive"


@pytest.mark.parametrize("kind", MAKERS)
def test_a_bundle_is_unpacked_with_modes_and_links(tmp_path, kind):
    entries = {"appspec.yml": b"version: 0.0", "scripts/a.sh": b"#!/bin/sh", "current": ("link", "scripts/a.sh")}
    archive = unpacked(tmp_path, MAKERS[kind](entries), kind)
    assert (archive / "scripts/a.sh").read_bytes() == b"#!/bin/sh"
    assert (archive / "scripts/a.sh").stat().st_mode & 0o777 == 0o750
    assert os.readlink(archive / "current") == "scripts/a.sh"


@pytest.mark.parametrize(("names", "top"), [(["x/appspec.yml", "x/a"], {"appspec.yml", "a"}), (["x/a", "x/b"], {"x"})])
def test_a_single_top_directory_is_stripped_when_the_appspec_is_in_it(tmp_path, names, top):
    archive = unpacked(tmp_path, tar_of(dict.fromkeys(names, b"")), "tar")
    assert {path.name for path in archive.iterdir()} == top


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    "entries",
    [
        {"../evil": b"x"},
        {"a/../../evil": b"x"},
        {"/tmp/evil": b"x"},
        {"out": ("link", ".."), "out/evil": b"x"},
    ],
)
def test_an_entry_that_climbs_out_is_refused(tmp_path, kind, entries):
    with pytest.raises(BundleError, match="leaves the revision's directory"):
        unpacked(tmp_path, MAKERS[kind](entries), kind)
    assert not list(tmp_path.rglob("evil"))


def test_a_hard_link_out_of_the_revision_is_refused(tmp_path):
    (tmp_path / "secret").write_text("x")
    with pytest.raises(BundleError, match="leaves the revision's directory"):
        unpacked(tmp_path, tar_of({"copy": ("hard", "../secret")}), "tar")


@pytest.mark.parametrize("kind", MAKERS)
def test_a_bundle_of_another_type_is_refused(tmp_path, kind):
    with pytest.raises(BundleError, match=f"no readable {kind} archive"):
        unpacked(tmp_path, b"nothing of the kind", kind)


# -- revisions


def test_old_revisions_go_but_never_the_last_successful_one(tmp_path):
    revisions = Revisions(tmp_path, keep=2)
    specs = [specification(DATA | {"DeploymentId": f"d-{number}"}) for number in range(5)]
    for age, spec in enumerate(specs):
        revisions.of(spec).directory.mkdir(parents=True)
        os.utime(revisions.of(spec).directory, (1000 + age, 1000 + age))
    revisions.note_last_successful(specs[0])
    revisions.remove_old(specs[4])
    assert sorted(path.name for path in (tmp_path / "g-1").iterdir()) == ["d-0", "d-4"]


def test_a_group_without_a_deployment_has_no_last_one(tmp_path):
    assert Revisions(tmp_path, 5).last_successful("g-1") is None


# -- scripts


@pytest.mark.parametrize(
    ("lengths", "kept"),
    [([10, 10], 2), ([2000, 47], 2), ([2000, 48], 1), ([2047], 1), ([2048], 0), ([5, 3000, 5], 1), ([], 0)],
)
def test_the_tail_of_a_log_is_whole_lines_below_2048_characters(lengths, kept):
    lines = ["x" * length for length in lengths]
    assert hooks.tail(lines) == lines[len(lines) - kept :]


@pytest.mark.parametrize(
    ("script", "command"),
    [
        (Script("a.sh"), ["/r/a.sh"]),
        (Script("a.sh", runas="shop"), ["su", "shop", "-c", "/r/a.sh"]),
        (Script("a.sh", runas="shop", sudo=True), ["sudo", "su", "shop", "-c", "/r/a.sh"]),
    ],
)
def test_a_script_is_run_as_the_user_that_the_appspec_names(tmp_path, script, command):
    assert hooks.command_line(script, "/r/a.sh") == command


# -- the loop


def test_errors_wait_from_about_ten_seconds_up_to_ninety():
    assert [back_off(errors) for errors in (1, 2, 5, 10, 50)] == [10, 13, 27, 90, 90]


def test_a_command_that_the_agent_did_not_finish_is_found_again_once(tmp_path):
    tracking = Tracking(tmp_path / "ongoing")
    with tracking.working_on("d-1", "command-1"):
        assert Tracking(tmp_path / "ongoing").lost() == ["command-1"]
    with tracking.working_on("d-2", "command-2"):
        pass
    (tmp_path / "ongoing/d-3").write_text("stale")
    os.utime(tmp_path / "ongoing/d-3", (1000, 1000))
    assert tracking.lost() == []
    assert list((tmp_path / "ongoing").iterdir()) == []
