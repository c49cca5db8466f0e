# SPDX-License-Identifier: GPL-3.0-or-later
"""codedeploy_on_premises_instance and its info module, over HTTP."""

import itertools

import pytest

MODULE = "codedeploy_on_premises_instance"
INFO = "codedeploy_on_premises_instance_info"
ACCOUNT = "123456789012"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/racks/rack"
EVERY_TAG = {f"Key{number}": str(number) for number in range(10)}

_numbers = itertools.count()


def user(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/codedeploy/{name}"


@pytest.fixture
def name(modules):
    """The name of an instance that never was: a deregistered name is taken for a day."""
    yield (made := f"rack-{next(_numbers)}")
    modules.client("codedeploy").deregister_on_premises_instance(instanceName=made)


def known(modules, name: str) -> dict:
    return modules.run(INFO, instance_names=[name])["on_premises_instances"][0]


@pytest.mark.parametrize("option", ["iam_user_arn", "iam_session_arn"])
def test_an_instance_is_registered_as_check_mode_predicted(modules, name, option):
    arn = user(name) if option == "iam_user_arn" else f"{SESSION}-{name}"
    predicted, real = modules.predicted_and_real(MODULE, name=name, tags={"Site": "Bern"}, **{option: arn})
    assert predicted["changed"] and real["changed"]
    assert (
        predicted["diff"]
        == real["diff"]
        == {"before": {}, "after": {"instance_name": name, option: arn, "tags": {"Site": "Bern"}}}
    )
    instance = real["on_premises_instance"]
    assert instance.items() >= predicted["on_premises_instance"].items()
    assert instance["instance_arn"].startswith(f"arn:aws:codedeploy:eu-central-1:{ACCOUNT}:instance/{name}_")


def test_a_second_run_asks_once_and_writes_nothing(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name), tags={"Site": "Bern"})
    before = modules.calls()
    again = modules.run(MODULE, name=name, iam_user_arn=user(name), tags={"Site": "Bern"})
    assert not again["changed"]
    assert again["diff"]["before"] == again["diff"]["after"]
    assert modules.calls() - before == {"all": 1}


def test_tags_are_added_changed_and_purged_without_the_identity(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name), tags={"Site": "Bern", "Row": "3"})
    predicted, real = modules.predicted_and_real(MODULE, name=name, tags={"Site": "Basel", "Role": "web"})
    shared = {"instance_name": name, "iam_user_arn": user(name)}
    assert (
        predicted["diff"]
        == real["diff"]
        == {
            "before": {**shared, "tags": {"Site": "Bern", "Row": "3"}},
            "after": {**shared, "tags": {"Site": "Basel", "Role": "web"}},
        }
    )
    assert known(modules, name)["tags"] == {"Site": "Basel", "Role": "web"}


def test_tags_are_kept_without_purge_and_left_alone_when_not_given(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name), tags={"Site": "Bern"})
    modules.run(MODULE, name=name, tags={"Row": "3"}, purge_tags=False)
    assert not modules.run(MODULE, name=name)["changed"]
    assert known(modules, name)["tags"] == {"Site": "Bern", "Row": "3"}
    assert modules.run(MODULE, name=name, tags={})["changed"]
    assert known(modules, name)["tags"] == {}


def test_ten_tags_are_exchanged_for_ten_others(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name), tags=EVERY_TAG)
    others = {f"Other{number}": "x" for number in range(10)}
    modules.run(MODULE, name=name, tags=others)
    assert known(modules, name)["tags"] == others


def test_an_instance_is_deregistered_once(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name), tags={"Site": "Bern"})
    predicted, real = modules.predicted_and_real(MODULE, name=name, state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = modules.calls()
    assert not modules.run(MODULE, name=name, state="absent")["changed"]
    assert modules.calls() - before == {"all": 1}
    assert known(modules, name)["deregister_time"]


def test_a_deregistered_name_is_refused_with_the_reason_and_check_mode_warns_of_it(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name))
    modules.run(MODULE, name=name, state="absent")
    warned = modules.run(MODULE, check_mode=True, name=name, iam_user_arn=user(f"{name}-new"))["warnings"]
    assert f"on-premises instance {name} was deregistered at" in str(warned)
    refusal = modules.refusal(MODULE, name=name, iam_user_arn=user(f"{name}-new"))
    assert f"Could not register on-premises instance {name}" in refusal
    assert "CodeDeploy keeps a deregistered name for about a day: choose another instance_name." in refusal


@pytest.mark.parametrize("option", ["iam_user_arn", "iam_session_arn"])
def test_another_identity_is_refused_with_what_is_there_and_what_was_wanted(modules, name, option):
    modules.run(MODULE, name=name, iam_user_arn=user(name))
    wanted = user("somebody") if option == "iam_user_arn" else SESSION
    before = modules.calls()
    refusal = modules.refusal(MODULE, name=name, **{option: wanted})
    assert f"{name} is registered with iam_user_arn {user(name)}, wanted {wanted}. AWS cannot change it" in refusal
    assert modules.calls() - before == {"all": 1}


def test_an_identity_that_another_instance_has_is_refused(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name))
    refusal = modules.refusal(MODULE, name=f"{name}-b", iam_user_arn=user(name))
    assert "is registered already" in refusal
    assert "Every on-premises instance needs an IAM user of its own." in refusal


def test_a_new_instance_needs_an_identity(modules, name):
    refusal = modules.refusal(MODULE, name=name)
    assert f"on-premises instance {name} is not registered and has no identity. Give iam_user_arn or" in refusal


def test_too_many_tags_with_those_that_are_kept_are_refused(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name), tags=EVERY_TAG)
    refusal = modules.refusal(MODULE, name=name, tags={"Eleventh": "x"}, purge_tags=False)
    assert "tags: there would be 11, an on-premises instance has at most 10" in refusal


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "rack 7"}, "instance_name: 'rack 7' is not a valid name"),
        ({"name": "i-0123"}, "that do not begin with i-"),
        ({"name": "r", "iam_user_arn": "me"}, "iam_user_arn: 'me' is not the ARN of an IAM user, such as"),
        ({"name": "r", "iam_session_arn": user("r")}, "is not the ARN of an assumed role's session, such as"),
        ({"name": "r", "iam_user_arn": user("r"), "iam_session_arn": SESSION}, "mutually exclusive"),
        ({"name": "r", "tags": {**EVERY_TAG, "Eleventh": "x"}}, "at most 10"),
        ({"name": "r", "tags": {"k" * 129: "x"}}, "A key has 1 to 128 characters"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(modules, options, sentence):
    before = modules.calls()
    assert sentence in modules.refusal(MODULE, **options)
    assert modules.calls() == before


def test_info_filters_by_name_status_and_tag(modules):
    names = [f"info-{letter}" for letter in "abcd"]
    for one, site in zip(names, ("Bern", "Bern", "Basel", "Basel"), strict=True):
        modules.run(MODULE, name=one, iam_user_arn=user(one), tags={"Info": site})
    modules.run(MODULE, name="info-d", state="absent")

    def found(**filters):
        listed = modules.run(INFO, **filters)["on_premises_instances"]
        return [instance["instance_name"] for instance in listed if instance["instance_name"].startswith("info-")]

    assert found() == names
    assert found(registration_status="Registered") == names[:3]
    assert found(registration_status="Deregistered") == names[3:]
    assert found(tag_filters=[{"key": "Info", "value": "Basel"}]) == names[2:]
    assert found(tag_filters=[{"key": "Info"}], registration_status="Registered") == names[:3]
    assert found(instance_names=["info-c", "none", "info-a"]) == ["info-a", "info-c"]
    assert found(instance_names=["info-c", "info-a"], tag_filters=[{"value": "Bern"}]) == ["info-a"]
    assert found(instance_names=["none"]) == []


def test_info_of_names_asks_once_for_every_25_of_them(modules):
    before = modules.calls()
    modules.run(INFO, instance_names=[f"none-{number}" for number in range(60)])
    assert modules.calls() - before == {"all": 3}


def test_info_refuses_a_filter_without_key_and_value(modules):
    assert "tag_filters: a filter without key and value was given" in modules.refusal(INFO, tag_filters=[{}])


def test_what_info_tells_can_be_given_back(modules, name):
    modules.run(MODULE, name=name, iam_user_arn=user(name), tags={"Site": "Bern"})
    told = known(modules, name)
    options = {option: told[option] for option in ("instance_name", "iam_user_arn", "tags")}
    assert not modules.run(MODULE, **options)["changed"]
