# SPDX-License-Identifier: GPL-3.0-or-later
"""The simple curl that a host gets on a machine without one."""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local_region.world.image import CURL, TEMPLATE


@pytest.fixture
def url(tmp_path):
    """A server of one file, `install`."""
    (tmp_path / "install").write_text("#!/bin/sh\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def curl(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-I", TEMPLATE / "usr" / CURL, *arguments], cwd=cwd, capture_output=True, text=True
    )


@pytest.mark.parametrize("options", [["-fsSL", "-o", "here"], ["-fsSLo", "here"], ["-sS", "--output", "here"]])
def test_a_file_is_downloaded_under_the_name_that_is_given(url, tmp_path, options):
    assert curl(*options, f"{url}/install", cwd=tmp_path).returncode == 0
    assert (tmp_path / "here").read_text() == "#!/bin/sh\n"


def test_without_a_name_the_answer_is_printed(url):
    assert curl("-s", f"{url}/install").stdout == "#!/bin/sh\n"


def test_a_page_that_is_not_there_fails_with_22_when_asked_to(url):
    assert curl("-f", f"{url}/none").returncode == 22
    assert curl("-s", f"{url}/none").returncode == 0


def test_a_server_that_is_not_there_fails_with_7():
    assert curl("--retry", "1", "--retry-delay", "0", "http://127.0.0.1:9/").returncode == 7


def test_an_option_that_it_does_not_know_is_refused(url):
    done = curl("--upload-file", "x", url)
    assert done.returncode == 2
    assert "curl (local region): error: unrecognized arguments" in done.stderr


def test_a_signed_request_with_credentials_from_standard_input_is_what_aws_takes(api):
    api.client("autoscaling").create_launch_configuration(
        LaunchConfigurationName="a web", ImageId="ami-12c6146b", InstanceType="t3.micro"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-I", TEMPLATE / "usr" / CURL, "--fail", "--silent", "--config", "-"),
            *("--aws-sigv4", "aws:amz:us-east-1:autoscaling", "--data", "Version=2011-01-01"),
            *("--data", "Action=DescribeLaunchConfigurations", "--data-urlencode"),
            *("LaunchConfigurationNames.member.1=a web", api.url),
        ],
        input='user = "AKIATEST:secret"\nheader = "x-amz-security-token: session"\n',
        capture_output=True,
        text=True,
    )
    assert "<LaunchConfigurationName>a web</LaunchConfigurationName>" in done.stdout, done
