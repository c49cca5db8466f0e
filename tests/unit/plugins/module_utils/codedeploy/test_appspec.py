# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of AppSpec files finds, before the upload, what would fail or be ignored on a host."""

import io
import textwrap

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import appspec
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.bundle import Entry

GOOD = """
version: 0.0
os: linux
files:
  - source: app
    destination: /opt/shop
  - source: shop.service
    destination: /etc/systemd/system
permissions:
  - object: /opt/shop
    owner: shop
    mode: "0644"
    type: [file]
hooks:
  ApplicationStart:
    - location: scripts/start.sh
      timeout: 60
      runas: root
"""
TREE = ["app/", "app/main.py", "app/static/", "app/static/shop.css", "scripts/", "scripts/start.sh", "shop.service"]


def bundle_of(text, paths=TREE, name="appspec.yml"):
    content = textwrap.dedent(text).encode()
    entries = [Entry(p.rstrip("/"), "directory" if p.endswith("/") else "file") for p in paths]
    return [*entries, Entry(name, "file", size=len(content), open=lambda: io.BytesIO(content))]


def problems(text, paths=TREE, severity="error"):
    return [str(p) for p in appspec.check_bundle(bundle_of(text, paths)) if p.severity == severity]


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_appspec_has_no_problems():
    assert appspec.check_bundle(bundle_of(GOOD)) == []


@pytest.mark.parametrize(
    "text, sentence",
    [
        (changed("version: 0.0\n", ""), "appspec.yml: version: is missing. Write 'version: 0.0' in the first line."),
        (changed("version: 0.0", "version: 1.0"), "appspec.yml: version: is 1.0; the only valid version is 0.0."),
        (changed("os: linux\n", ""), "appspec.yml: os: is missing. Write 'os: linux' (or 'os: windows')."),
        (changed("os: linux", "os: solaris"), "appspec.yml: os: is solaris; valid values are linux and windows."),
        (
            changed("os: linux", "os: linux\nfile_exists_behavior: REPLACE"),
            "appspec.yml: file_exists_behavior: is REPLACE; valid values are DISALLOW, OVERWRITE and RETAIN.",
        ),
        (
            changed("source: app\n", "source: ap\n"),
            "appspec.yml: files[0].source: ap is not in the bundle (did you mean app?).",
        ),
        (
            changed("source: app\n", "source: ../app\n"),
            "appspec.yml: files[0].source: ../app climbs out of the bundle. Name a path inside it.",
        ),
        (
            changed("destination: /opt/shop", "destination: opt/shop"),
            "appspec.yml: files[0].destination: opt/shop is relative. Write the whole path, such as /opt/opt/shop.",
        ),
        (
            changed("    destination: /opt/shop\n", ""),
            "appspec.yml: files[0].destination: is missing. Name the directory on the host, with its whole path.",
        ),
        (
            changed("ApplicationStart", "ApplicationStarted"),
            "appspec.yml: hooks.ApplicationStarted: there is no lifecycle event ApplicationStarted; its scripts would "
            "never run. Did you mean ApplicationStart?",
        ),
        (
            changed("ApplicationStart", "Install"),
            "appspec.yml: hooks.Install: Install is done by CodeDeploy and runs no scripts. "
            "Use an event before or after it.",
        ),
        (
            changed("scripts/start.sh", "scripts/launch_it.sh"),
            "appspec.yml: hooks.ApplicationStart[0].location: scripts/launch_it.sh is not in the bundle.",
        ),
        (
            changed("scripts/start.sh", "start.sh"),
            "appspec.yml: hooks.ApplicationStart[0].location: start.sh is not in the bundle "
            "(did you mean scripts/start.sh?).",
        ),
        (
            changed("scripts/start.sh", "scripts"),
            "appspec.yml: hooks.ApplicationStart[0].location: scripts is a directory of the bundle. Name one script.",
        ),
        (
            changed("timeout: 60", "timeout: 3601"),
            "appspec.yml: hooks.ApplicationStart[0].timeout: is 3601; it must be a whole number of seconds from 1 to "
            "3600.",
        ),
        (
            changed("timeout: 60", "timeout: 0"),
            "appspec.yml: hooks.ApplicationStart[0].timeout: is 0; it must be a whole number of seconds from 1 to "
            "3600.",
        ),
        (
            changed("runas: root", "runas: root; reboot"),
            "appspec.yml: hooks.ApplicationStart[0].runas: 'root; reboot' is not the name of a user.",
        ),
        (
            changed("runas: root", "run_as: root"),
            "appspec.yml: hooks.ApplicationStart[0].run_as: is unknown. Known: location, timeout, runas, sudo.",
        ),
        (
            changed('mode: "0644"', "mode: 0644"),
            "appspec.yml: permissions[0].mode: is 0644 without quotes, which YAML reads as the number 420. "
            'Write "0644".',
        ),
        (
            changed('mode: "0644"', "mode: 888"),
            "appspec.yml: permissions[0].mode: is 888; a mode has one to four digits from 0 to 7, such as 644.",
        ),
        (
            changed("type: [file]", "type: [file, link]"),
            "appspec.yml: permissions[0].type[1]: is link; valid values are file and directory.",
        ),
        (
            changed("object: /opt/shop", "object: shop"),
            "appspec.yml: permissions[0].object: shop is relative. Write the whole path.",
        ),
    ],
)
def test_one_mistake_gives_one_clear_sentence(text, sentence):
    assert problems(text) == [sentence]


def test_scripts_of_one_event_may_not_take_longer_than_codedeploy_waits():
    text = changed(
        "      timeout: 60", "      timeout: 3000\n    - location: scripts/start.sh\n      timeout: 601"
    ).replace("      runas: root\n", "")
    assert problems(text) == [
        "appspec.yml: hooks.ApplicationStart: the time-outs of its scripts add up to 3601 s; CodeDeploy ends an event "
        "after 3600 s."
    ]


def test_a_key_given_twice_is_not_silently_dropped():
    text = GOOD + "  ApplicationStart:\n    - location: scripts/start.sh\n"
    assert problems(text) == ["appspec.yml: ApplicationStart is given twice (again in line 19). Join the two."]


def test_every_mistake_is_named_at_once():
    text = changed("version: 0.0", "version: 2").replace("scripts/start.sh", "scripts/gone.sh")
    assert len(problems(text)) == 2


@pytest.mark.parametrize(
    "content, sentence",
    [
        ("", "appspec.yml: is empty; an AppSpec file is a mapping that starts with 'version: 0.0'."),
        ("- a", "appspec.yml: holds a list; an AppSpec file is a mapping that starts with 'version: 0.0'."),
        ("a: [", "appspec.yml: is not valid YAML (line 1: expected the node content, but found '<stream end>')."),
        ("a: !!python/object:os.system x", "appspec.yml: is not valid YAML (line 1: could not determine a constructor"),
    ],
)
def test_what_is_no_appspec_is_refused(content, sentence):
    (problem,) = problems(content)
    assert problem.startswith(sentence)


def test_a_missing_appspec_says_where_it_may_be():
    entry = Entry("app/main.py", "file")
    deeper = [entry, Entry("shop/appspec.yml", "file")]
    other_suffix = [entry, Entry("appspec.yaml", "file")]
    assert [str(p) for p in appspec.check_bundle([entry])] == [
        "appspec.yml: is not in the bundle. Put it at the top of the directory that is bundled."
    ]
    assert "it is in shop/appspec.yml" in str(appspec.check_bundle(deeper)[0])
    assert "Rename it to appspec.yml" in str(appspec.check_bundle(other_suffix)[0])


FILES = "version: 0.0\nos: linux\nfiles:\n"


def files(*pairs):
    return FILES + "".join(f"  - source: {source}\n    destination: {destination}\n" for source, destination in pairs)


@pytest.mark.parametrize(
    "pairs, sentence",
    [
        (
            [("a/x", "/opt"), ("b/x", "/opt")],
            "appspec.yml: files[1]: b/x and a/x (files[0]) would both be installed as /opt/x. Remove one or change "
            "its destination.",
        ),
        (
            [("a", "/opt"), ("b", "/opt/")],
            "appspec.yml: files[1]: b/sub/y and a/sub/y (files[0]) would both be installed as /opt/sub/y (and 1 "
            "more). Remove one or change its destination.",
        ),
        (
            [("a/sub", "/opt/s"), ("/", "/opt")],
            "",  # nothing collides: /opt/s holds y only, the rest goes elsewhere
        ),
        (
            [("a/x", "/opt"), ("b/sub", "/opt/x")],
            "appspec.yml: files[1]: /opt/x would be a file and a directory at once, with files[0]. Change one "
            "destination.",
        ),
        ([("a/x", "/opt/a"), ("b/x", "/opt/b")], ""),
        ([("a/sub", "/opt"), ("b/only", "/opt/sub")], ""),
        (
            [("a", "/opt"), ("a/sub", "/opt/../opt/sub")],
            "appspec.yml: files[1]: a/sub/y and a/sub/y (files[0]) would both be installed as /opt/sub/y. Remove one "
            "or change its destination.",
        ),
    ],
)
def test_two_files_for_one_destination_are_found_also_inside_directories(pairs, sentence):
    tree = ["a/", "a/x", "a/sub/", "a/sub/y", "b/", "b/x", "b/sub/", "b/sub/y", "b/only/", "b/only/z"]
    assert problems(files(*pairs), tree) == ([sentence] if sentence else [])


def permissions(*lines):
    return GOOD.split("permissions:")[0] + "permissions:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


def test_a_permission_that_reaches_a_path_twice_is_an_error():
    text = permissions("object: /opt/shop, mode: '640', type: [file]", "object: /opt/shop/static, mode: '644'")
    assert problems(text) == [
        "appspec.yml: permissions[1]: sets the permissions of /opt/shop/static/shop.css again, after permissions[0]; "
        'the agent refuses that. Without a pattern a permission reaches every depth; pattern: "*" keeps it to one '
        "directory."
    ]


def test_a_star_pattern_keeps_a_permission_to_one_directory():
    text = permissions("object: /opt/shop, mode: '640', pattern: '*', type: [file]", "object: /opt/shop/static")
    assert problems(text) == []


def test_pattern_and_except_on_a_file_are_an_error():
    text = permissions("object: /opt/shop/main.py, mode: '640', except: ['*.sh']")
    assert problems(text) == [
        "appspec.yml: permissions[0]: pattern and except work on a directory only, and /opt/shop/main.py is a file. "
        "Remove them."
    ]


def test_permissions_that_would_silently_do_nothing_are_warned_of():
    text = permissions("object: /opt/shop, pattern: '**.css'", "object: /srv/shop")
    assert problems(text) == []
    assert problems(text, severity="warning") == [
        "appspec.yml: permissions[0]: pattern **.css matches nothing directly in /opt/shop, so nothing would be set.",
        "appspec.yml: permissions[1]: no file of this revision is installed at or below /srv/shop, so nothing would "
        "be set.",
    ]


def test_windows_destinations_are_windows_paths():
    text = "version: 0.0\nos: windows\nfiles:\n  - source: app\n    destination: {}\n"
    assert problems(text.format(r"c:\shop")) == []
    assert len(problems(text.format(r"shop"))) == 1


LAMBDA = """
version: 0.0
resources:
  - shop:
      Type: AWS::Lambda::Function
      Properties: {Name: shop, Alias: live, CurrentVersion: "1", TargetVersion: "2"}
hooks:
  - BeforeAllowTraffic: checkShop
"""
ECS = """
{"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {
 "TaskDefinition": "arn:aws:ecs:eu-west-1:1:task-definition/shop:2",
 "LoadBalancerInfo": {"ContainerName": "shop", "ContainerPort": 80}}}}]}
"""


@pytest.mark.parametrize("text", [LAMBDA, ECS])
def test_good_lambda_and_ecs_appspecs_have_no_problems(text):
    assert appspec.check_document(text, "appspec.yaml") == []


@pytest.mark.parametrize(
    "text, part",
    [
        (LAMBDA.replace('"2"', '"1"'), "CurrentVersion and TargetVersion are both 1."),
        (LAMBDA.replace("BeforeAllowTraffic", "ValidateService"), "there is no lifecycle event ValidateService here."),
        (LAMBDA.replace("AWS::Lambda::Function", "AWS::S3::Bucket"), "valid values are AWS::Lambda::Function and"),
        (LAMBDA.replace("Alias: live, ", ""), "resources[0].shop.Properties.Alias: is missing."),
        (ECS.replace("80", "90000"), "ContainerPort: is 90000; a port is a number from 1 to 65535."),
        ("version: 0.0\n", "resources: is missing."),
        (GOOD, "os and files belong to a server AppSpec"),
    ],
)
def test_mistakes_in_lambda_and_ecs_appspecs_are_named(text, part):
    (problem,) = appspec.check_document(text, "appspec.yaml")
    assert part in str(problem)
