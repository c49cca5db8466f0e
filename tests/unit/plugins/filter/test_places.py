# SPDX-License-Identifier: GPL-3.0-or-later
"""Where environments live, and which artifact buckets a pipeline over them needs."""

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.convoy.delivery.plugins.filter.delivery_places import delivery_places
from ansible_collections.convoy.delivery.plugins.filter.pipeline_artifact_stores import pipeline_artifact_stores

HOME, AWAY = "111111111111", "222222222222"


def variables(name, account=HOME, region="us-east-1", **more):
    return {
        "delivery_name": f"shop-{name}",
        "delivery_environment": name,
        "aws_account_id": account,
        "aws_connection": {"region": region},
        "artifact_store_bucket": f"shop-{account}-{region}",
        **more,
    }


def place(name, *where, **more):
    return delivery_places([name], {name: variables(name, *where, **more)})[0]


def stores(*environments, pipeline=None):
    found = pipeline_artifact_stores(list(environments), [pipeline or place("pipeline")])
    return {one["region"]: (one["bucket"], [reader["host"] for reader in one["readers"]]) for one in found}


def test_a_place_has_the_roles_that_another_account_must_know():
    found = place("production", AWAY, "eu-west-1")

    assert (found["account_id"], found["region"], found["environment"]) == (AWAY, "eu-west-1", "production")
    assert found["action_role_arn"] == f"arn:aws:iam::{AWAY}:role/shop-production-eu-west-1-action"
    assert found["host_role_arn"] == f"arn:aws:iam::{AWAY}:role/shop-production-eu-west-1-host"


def test_roles_are_where_the_role_access_puts_them():
    given = {"access_name": "prod", "access_path": "/delivery/", "aws_partition": "aws-cn"}

    assert place("production", **given)["host_role_arn"] == f"arn:aws-cn:iam::{HOME}:role/delivery/prod-host"


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"aws_account_id": ""}, "production: aws_account_id is not set"),
        ({"aws_connection": {"profile": "shop"}}, "production: aws_connection has no region"),
    ],
)
def test_a_host_that_says_not_where_it_is_is_refused_with_the_remedy(missing, said):
    with pytest.raises(AnsibleFilterError, match=said):
        place("production", **missing)


def test_environments_in_one_account_and_region_have_one_store_and_no_foreign_reader():
    assert stores(place("staging"), place("production")) == {"us-east-1": (f"shop-{HOME}-us-east-1", [])}


def test_each_region_has_a_store_in_the_pipelines_account_that_its_foreign_environments_read():
    found = stores(place("staging", AWAY), place("production", AWAY, "eu-west-1"))

    assert found == {
        "us-east-1": (f"shop-{HOME}-us-east-1", ["staging"]),
        "eu-west-1": (f"shop-{HOME}-eu-west-1", ["production"]),
    }


def test_an_environment_of_the_same_account_lends_its_bucket():
    abroad = place("production", HOME, "eu-west-1", artifact_store_bucket="shop-abroad")

    assert stores(abroad)["eu-west-1"] == ("shop-abroad", [])


def test_a_store_is_shared_where_an_environment_makes_it():
    found = pipeline_artifact_stores([place("staging"), place("production", AWAY, "eu-west-1")], [place("pipeline")])

    assert {one["region"]: one["shared"] for one in found} == {"us-east-1": True, "eu-west-1": False}


def test_each_store_is_encrypted_with_the_key_of_its_region_where_there_is_one():
    environments, key = [place("production", AWAY, "eu-west-1")], "arn:aws:kms:eu-west-1:111111111111:key/k"
    home, abroad = pipeline_artifact_stores(environments, [place("pipeline")], {"eu-west-1": key})

    assert home["declaration"] == {"type": "S3", "location": f"shop-{HOME}-us-east-1"}
    assert abroad["declaration"]["encryption_key"] == {"id": key, "type": "KMS"}


def test_a_name_without_a_region_gets_one():
    home = place("pipeline", artifact_store_bucket="shop-artifacts")

    assert stores(place("production", AWAY, "eu-west-1"), pipeline=home)["eu-west-1"][0] == "shop-artifacts-eu-west-1"


def test_one_bucket_for_two_regions_is_refused_with_the_remedy():
    home = place("pipeline", artifact_store_bucket="shop")
    abroad = place("production", HOME, "eu-west-1", artifact_store_bucket="shop")

    with pytest.raises(AnsibleFilterError, match="The bucket shop would be the artifact store of several regions"):
        stores(abroad, pipeline=home)
