# SPDX-License-Identifier: GPL-3.0-or-later
"""What builds get of the machine's package indexes and of its way to the internet."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from local_region.world import egress, package_settings
from local_region.world.package_settings import passwords_in, settings


def test_pips_settings_are_read_with_variables_before_files():
    listed = "\n".join(
        [
            ":env:.index-url='https://user:p%40ss@mirror.example/simple'",
            "global.index-url='https://pypi.org/simple'",
            "global.extra-index-url='file:///srv/a/simple\\nfile:///srv/b/simple'",
            "global.proxy='http://proxy:3128'",
            "install.no-binary='lxml'",
        ]
    )
    assert package_settings.parse(listed) == {
        "index-url": "https://user:p%40ss@mirror.example/simple",
        "extra-index-url": "file:///srv/a/simple\nfile:///srv/b/simple",
    }


def test_directories_of_packages_are_shown_with_the_files_of_an_index(tmp_path):
    (tmp_path / "pypi" / "simple").mkdir(parents=True)
    (tmp_path / "wheels").mkdir()
    made = settings(
        {
            "extra-index-url": f"file://{tmp_path}/pypi/simple https://a.example",
            "find-links": f"{tmp_path}/wheels none",
        },
        {},
    )
    assert set(made.shown) == {f"{tmp_path}/pypi", f"{tmp_path}/wheels"}
    assert made.environment["PIP_FIND_LINKS"] == f"{tmp_path}/wheels none"


def test_certificates_come_along_and_those_that_are_not_there_do_not(tmp_path):
    certificate = Path(tmp_path, "ca.pem")
    certificate.write_text("CERTIFICATE")
    made = settings({"cert": str(certificate)}, {"SSL_CERT_FILE": str(certificate), "CURL_CA_BUNDLE": "/no/such"})
    assert dict(made.environment) == {"SSL_CERT_FILE": str(certificate), "PIP_CERT": str(certificate)}
    assert dict(made.files) == {str(certificate): "CERTIFICATE"}


def test_passwords_in_urls_are_secret_as_written_and_as_meant():
    assert passwords_in(["https://user:p%40ss@a.example", "https://b.example", "word"]) == {"p%40ss", "p@ss"}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy.example:8080"}, ("proxy.example", 8080)),
        ({"http_proxy": "proxy.example:3128"}, ("proxy.example", 3128)),
        ({"ALL_PROXY": "socks5://proxy.example"}, None),
    ],
)
def test_the_machines_own_proxy_is_known_by_its_variables(environment, found):
    proxy = egress.machines_proxy(environment)
    assert (proxy and (proxy.hostname, proxy.port)) == found


def test_builds_use_the_proxy_with_the_machines_password_and_not_for_the_region_itself():
    variables = egress.build_variables("169.254.169.250", {"HTTPS_PROXY": "http://me:secret@proxy.example:8080"})
    assert variables["HTTPS_PROXY"] == variables["http_proxy"] == "http://me:secret@169.254.169.250:3128"
    assert {"169.254.169.250", "169.254.170.2", "127.0.0.1"} <= set(variables["no_proxy"].split(","))


def test_the_relay_serves_builds_only(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    outside = socket.socket(socket.AF_UNIX)
    outside.bind(str(tmp_path / "proxy.sock"))
    outside.listen()
    outside.settimeout(0.2)
    relay = egress.Relay("127.0.0.1", tmp_path / "proxy.sock", port)
    with socket.create_connection(("127.0.0.1", port)) as no_build:
        assert no_build.recv(1) == b""
    with pytest.raises(TimeoutError):
        outside.accept()
    relay.close()
    outside.close()
