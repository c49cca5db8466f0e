# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch, so many hosts at a time, becomes the configuration that says how many stay healthy."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from ansible_collections.convoy.delivery.plugins.module_utils.release import batches
from ansible_collections.convoy.delivery.plugins.module_utils.release.plan import Facts, Host, make


# (batch, hosts) -> (configuration, hosts out at a time). 25 % of 10 hosts are 2.5, rounded down; 25 % of 2 are one.
@pytest.mark.parametrize(
    "batch, hosts, name, at_once",
    [
        ("1", 4, "CodeDeployDefault.OneAtATime", 1),
        ("1", 1, "CodeDeployDefault.OneAtATime", 1),
        ("50%", 4, "CodeDeployDefault.HalfAtATime", 2),
        ("50 %", 5, "CodeDeployDefault.HalfAtATime", 2),
        ("2", 6, "shop-production-healthy-4-hosts", 2),
        ("25%", 10, "shop-production-healthy-75-percent", 2),
        ("25%", 2, "CodeDeployDefault.OneAtATime", 1),
        ("99%", 4, "shop-production-healthy-1-percent", 3),
    ],
)
def test_a_batch_is_the_configuration_that_leaves_as_many_out(batch, hosts, name, at_once):
    config = batches.config_for(batch, hosts, "shop-production")
    facts = Facts("shop", "production", config, tuple(Host(f"i-{n:02d}") for n in range(hosts)))
    assert (config.name, make(facts).at_once) == (name, at_once)


def test_only_what_aws_lacks_has_to_be_made():
    assert batches.definition(batches.config_for("1", 4, "shop")) == {}
    assert batches.definition(batches.config_for("3", 4, "shop")) == {
        "deployment_config_name": "shop-healthy-1-hosts",
        "compute_platform": "Server",
        "minimum_healthy_hosts": {"type": "HOST_COUNT", "value": 1},
    }


def test_a_zonal_batch_watches_every_zone_but_the_last_and_is_called_so():
    made = batches.definition(batches.config_for("1", 4, "shop", zonal=True, monitor=120))
    assert made["deployment_config_name"] == "shop-healthy-3-hosts-zonal-120s"
    assert made["zonal_config"] == {
        "first_zone_monitor_duration_in_seconds": 120,
        "monitor_duration_in_seconds": 120,
    }


@pytest.mark.parametrize("batch", ["", "0", "0%", "101%", "-1", "half", "1.5", "2 hosts"])
def test_what_is_no_batch_is_refused_with_an_example(batch):
    with pytest.raises(Failure, match=r"is neither a number of hosts nor a part of them\. Use a count, such as 2"):
        batches.config_for(batch, 4, "shop")


@pytest.mark.parametrize("batch", ["4", "9", "100%"])
def test_a_batch_of_all_hosts_is_refused_with_the_strategy_for_it(batch):
    with pytest.raises(Failure) as refused:
        batches.config_for(batch, 4, "shop")
    assert str(refused.value) == (
        f"batch: {batch} takes all 4 hosts out at once. Use at most 3, or the strategy all_at_once."
    )
