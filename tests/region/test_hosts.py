# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts as their users meet them: real ones, in a nest of this module's own."""

from __future__ import annotations

import itertools
import subprocess
import time

import pytest

from local_region.world.hosts import HostError
from local_region.world.image import TEMPLATE
from local_region.world.network import BRIDGE_HARDWARE_ADDRESS, METADATA_ADDRESS
from tests.region.host_nest import PATIENCE, running_nest, spec_of

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def nest(tmp_path_factory):
    with running_nest(tmp_path_factory.mktemp("nest")) as nest:
        yield nest


@pytest.fixture
def host(nest):
    """Boots a host with the given settings and returns its description; terminated when the test ends."""
    booted = []

    def boot(**settings):
        spec = spec_of(next(numbers), **settings)
        nest.boot(spec)
        booted.append(spec.instance_id)
        return spec

    yield boot
    for instance_id in booted:
        nest.terminate(instance_id)


def shell(nest, spec, script, **options) -> str:
    """The output of a shell script in the host; the script must end well."""
    done = nest.run(spec.instance_id, ["sh", "-euc", script], **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def eventually(nest, spec, script) -> str:
    """The output of the script once it ends well."""
    deadline = time.monotonic() + PATIENCE
    while True:
        done = nest.run(spec.instance_id, ["sh", "-euc", script])
        if done.returncode == 0:
            return done.stdout.strip()
        assert time.monotonic() < deadline, done.stdout + done.stderr
        time.sleep(0.05)


def user_data_log(nest, spec) -> str:
    eventually(nest, spec, "test -e /var/lib/cloud/instance/boot-finished")
    return shell(nest, spec, "cat /var/log/cloud-init-output.log")


SERVER = "python3 -m http.server --directory /srv 8080 >/dev/null 2>&1 &"
ASK = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())"


def test_a_host_has_its_own_name_address_and_processes(nest, host):
    web = host()
    assert nest.state(web.instance_id) == "running"
    assert shell(nest, web, "hostname") == web.hostname
    assert shell(nest, web, "getent hosts $(hostname)").split()[0] == web.private_ip
    assert shell(nest, web, "cat /proc/1/cmdline | tr '\\0' ' '").endswith("local_region.world.host_init")
    assert len(shell(nest, web, "ls -d /proc/[0-9]*").split()) < 10


def test_two_hosts_serve_on_the_same_port_and_reach_each_other(nest, host):
    blue, green = host(), host()
    for spec, text in ((blue, "blue"), (green, "green")):
        shell(nest, spec, f"echo {text} > /srv/index.html; {SERVER}")
    for here, there, text in ((blue, green, "green"), (green, blue, "blue")):
        url = f"http://{there.private_ip}:8080/index.html"
        assert eventually(nest, here, f"python3 -c '{ASK}' {url}") == text


def test_a_host_learns_who_it_is_from_the_metadata_service(nest, host):
    web, other = host(), host()
    for spec in (web, other):
        answer = shell(nest, spec, f"python3 -c '{ASK}' http://169.254.169.254/latest/meta-data/instance-id")
        assert answer == spec.instance_id


def test_what_a_host_remembers_of_the_region_holds_while_others_come_and_go(nest, host):
    """Otherwise it would reach nothing until it forgets."""
    web = host()
    shell(nest, web, f"python3 -c '{ASK}' http://{METADATA_ADDRESS}/latest/")
    remembered = shell(nest, web, f"grep '^{METADATA_ADDRESS} ' /proc/net/arp")
    assert remembered.split()[3] == BRIDGE_HARDWARE_ADDRESS


def test_an_address_is_given_only_once(nest, host):
    web = host()
    with pytest.raises(HostError, match=f"Two instances with the private address {web.private_ip}"):
        host(private_ip=web.private_ip)
    assert shell(nest, web, f"python3 -c '{ASK}' http://169.254.169.254/latest/") == "dynamic/\nmeta-data/"


def test_a_full_disk_is_full_on_this_host_only(nest, host):
    small, other = host(disk_mib=16), host(disk_mib=16)
    done = nest.run(small.instance_id, ["dd", "if=/dev/zero", "of=/var/fill", "bs=1M"])
    assert "No space left on device" in done.stderr
    in_usr = nest.run(small.instance_id, ["sh", "-c", "yes > /usr/local/fill"])
    assert "No space left on device" in in_usr.stderr
    shell(nest, other, "dd if=/dev/zero of=/var/fill bs=1M count=8")


def test_user_data_runs_as_root_and_its_output_is_in_the_log_of_cloud_init(nest, host):
    web = host(user_data=b"#!/bin/sh\nid -u\nhostname\necho to stderr >&2\n")
    log = user_data_log(nest, web)
    assert log.splitlines() == ["0", web.hostname, "to stderr", "cloud-init (local region): user data done"]


def test_user_data_that_fails_says_so(nest, host):
    assert "FAILED with exit code 3" in user_data_log(nest, host(user_data=b"#!/bin/sh\nexit 3\n"))


@pytest.mark.parametrize(
    ("user_data", "reason"),
    [
        (b"#cloud-config\npackages: [nginx]\n", "#cloud-config is not done in the local region"),
        (b"\x1f\x8b\x08zipped", "only scripts that begin with #! are run"),
        (b"#!/no/such/shell\n", "could not be run"),
    ],
)
def test_user_data_that_cannot_be_run_is_refused_in_the_log(nest, host, user_data, reason):
    assert reason in user_data_log(nest, host(user_data=user_data))


def test_users_are_made_and_own_files(nest, host):
    web = host()
    shell(
        nest,
        web,
        "useradd --system --create-home shop; touch /opt/file; chown shop:shop /opt/file; chmod 640 /opt/file",
    )
    assert shell(nest, web, "stat -c '%U %G %a' /opt/file") == "shop shop 640"
    assert shell(nest, web, "su shop -s /bin/sh -c 'id -un; cat /opt/file'") == "shop"
    assert nest.run(web.instance_id, ["cat", "/opt/file"], "www-data").returncode != 0


def test_a_program_runs_as_another_user_from_that_users_home(nest, host):
    assert shell(nest, host(), "id -un; pwd; echo $HOME", user="ec2-user") == "ec2-user\n/home/ec2-user\n/home/ec2-user"


def test_a_service_is_started_stopped_and_has_a_log(nest, host):
    web = host()
    unit = (
        "[Service]\\nExecStart=/bin/sh -c 'echo it runs; exec sleep 1000'\\n[Install]\\nWantedBy=multi-user.target\\n"
    )
    shell(nest, web, f'printf "{unit}" > /etc/systemd/system/web.service; systemctl daemon-reload; systemctl start web')
    assert shell(nest, web, "systemctl is-active web") == "active"
    assert shell(nest, web, "journalctl -u web") == "it runs"
    shell(nest, web, "systemctl stop web")
    assert nest.run(web.instance_id, ["systemctl", "is-active", "web"]).stdout.strip() == "inactive"
    assert nest.run(web.instance_id, ["pgrep", "sleep"]).stdout == ""


def test_a_service_that_takes_its_time_to_end_has_ended_when_it_is_stopped(nest, host):
    web = host()
    script = "#!/bin/sh\ntrap 'sleep 1.5; echo said goodbye; exit' TERM\nwhile true; do sleep 0.1; done\n"
    nest.run(web.instance_id, ["tee", "/srv/web"], input=script)
    unit = "[Service]\\nExecStart=/bin/sh /srv/web\\n"
    shell(nest, web, f"printf '{unit}' > /etc/systemd/system/web.service; systemctl start web; systemctl stop web")
    assert shell(nest, web, "journalctl -u web") == "said goodbye"
    assert nest.run(web.instance_id, ["pgrep", "-f", "/srv/web"]).stdout == ""


def test_a_reboot_keeps_the_disk_starts_enabled_services_and_runs_no_user_data(nest, host):
    web = host(user_data=b"#!/bin/sh\necho once >> /root/boots\n")
    user_data_log(nest, web)
    unit = "[Service]\\nExecStart=/bin/sleep 1000\\n[Install]\\nWantedBy=multi-user.target\\n"
    shell(nest, web, f"printf '{unit}' > /etc/systemd/system/web.service; systemctl enable web; echo x > /tmp/kept")
    nest.reboot(web.instance_id)
    eventually(nest, web, "systemctl is-active web")
    assert shell(nest, web, "cat /root/boots /tmp/kept") == "once\nx"


def test_a_stopped_host_keeps_its_disk_and_nothing_else(nest, host):
    web = host()
    shell(nest, web, "echo kept > /srv/file; sleep 1000 >/dev/null 2>&1 &")
    nest.stop(web.instance_id)
    assert nest.state(web.instance_id) == "stopped"
    with pytest.raises(HostError, match=f"{web.instance_id} is stopped, not running"):
        nest.run(web.instance_id, ["true"])
    nest.boot(web)
    assert shell(nest, web, "cat /srv/file") == "kept"
    assert nest.run(web.instance_id, ["pgrep", "sleep"]).stdout == ""


def test_a_host_that_shuts_itself_down_is_stopped_and_can_be_started_again(nest, host):
    web = host()
    nest.run(web.instance_id, ["kill", "-TERM", "1"])
    deadline = time.monotonic() + PATIENCE
    while nest.state(web.instance_id) != "stopped":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    nest.boot(web)
    assert shell(nest, web, "hostname") == web.hostname


def test_terminating_leaves_no_process_mount_link_or_route(nest, host):
    before = nest.leftovers()
    web = host(user_data=b"#!/bin/sh\nsetsid sleep 1000 &\n")
    user_data_log(nest, web)
    during = nest.leftovers()
    assert all(len(during[kind]) > len(before[kind]) for kind in before), during
    nest.terminate(web.instance_id)
    assert nest.leftovers() == before
    assert nest.state(web.instance_id) is None
    assert "sleep 1000" not in nest.here("ps", "-eo", "args")


def test_a_program_that_takes_too_long_is_killed_with_what_it_started(nest, host):
    web = host()
    with pytest.raises(subprocess.TimeoutExpired):
        nest.run(web.instance_id, ["sh", "-c", "sleep 1000; true"], timeout=0.5)
    assert eventually(nest, web, "! pgrep sleep") == ""


def test_a_program_gets_its_input_and_gives_output_errors_and_exit_code(nest, host):
    done = nest.run(host().instance_id, ["sh", "-c", "cat; echo bad >&2; exit 7"], input="good")
    assert (done.stdout, done.stderr, done.returncode) == ("good", "bad\n", 7)


@pytest.mark.parametrize(
    "attempt",
    [
        "echo 1 > /proc/sys/kernel/panic",
        "echo b > /proc/sysrq-trigger",
        "mknod /tmp/disk b 8 0",
        "mount -t tmpfs none /mnt",
        "hostname other",
        "touch /opt/codedeploy-agent/lib/codedeploy_agent/x",
    ],
)
def test_root_of_a_host_does_not_reach_the_machine(nest, host, attempt):
    assert nest.run(host().instance_id, ["sh", "-c", attempt]).returncode != 0


def test_links_that_a_host_leaves_on_its_disk_do_not_lead_to_the_machine(nest, host, tmp_path):
    web = host()
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    shell(nest, web, f"ln -sf {victim} /etc/hosts; rm -r /run/lock /srv; ln -s {tmp_path} /srv")
    nest.reboot(web.instance_id)
    assert victim.read_text() == "untouched"


def test_the_machines_accounts_and_services_are_not_the_hosts(nest, host):
    web = host()
    assert shell(nest, web, "cut -d: -f2 /etc/shadow | sort -u") == "*"
    assert shell(nest, web, "ls /usr/lib/systemd/system | wc -l") == "0"
    accounts = {line.split(":")[0] for line in (TEMPLATE / "etc/passwd").read_text().splitlines()}
    assert set(shell(nest, web, "cut -d: -f1 /etc/passwd").split()) == accounts


def test_a_host_writes_into_usr_without_changing_the_machine(nest, host):
    web, other = host(), host()
    shell(
        nest,
        web,
        "echo '#!/bin/sh' > /usr/local/bin/only-here; chmod +x /usr/local/bin/only-here; only-here; mkdir /usr/share/x",
    )
    assert nest.run(other.instance_id, ["ls", "/usr/local/bin/only-here"]).returncode != 0
    assert "only-here" not in nest.here("ls", "/usr/local/bin")


def test_a_stranger_has_no_state_and_runs_nothing(nest):
    assert nest.state("i-nobody") is None
    with pytest.raises(HostError, match="i-nobody: there is no such host"):
        nest.run("i-nobody", ["true"])


def test_a_host_that_runs_is_not_booted_again(nest, host):
    web = host()
    with pytest.raises(HostError, match="is running already"):
        nest.boot(web)
    assert nest.state(web.instance_id) == "running"
