# SPDX-License-Identifier: GPL-3.0-or-later
"""Access logs of load balancers: who may have them where, and their delivery to S3 every five minutes.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
"""

from __future__ import annotations

import datetime
import gzip
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.s3.models import s3_backends

from local_region.services.moto_gaps import s3
from local_region.services.moto_gaps.elbv2_balancing import backends, balancers
from local_region.world.balancer import access_log
from local_region.world.balancer.spec import balancer_key, group_key

log = logging.getLogger("local_region.balancer")

INTERVAL = 300.0  # service seconds
_SERVICE = "logdelivery.elasticloadbalancing.amazonaws.com"
_ENABLED, _BUCKET, _PREFIX = (f"access_logs.s3.{name}" for name in ("enabled", "bucket", "prefix"))
_TEST_FILE = "ELBAccessLogTestFile"

# Load balancer's ARN: when its log was delivered last, in service seconds.
_delivered: dict[str, float] = {}


def begin(backend: ELBv2Backend, arn: str, changes: Mapping[str, str]) -> None:
    """Refuses logs (ModifyLoadBalancerAttributes) that could not be written; else writes the test file, as ELB does."""
    balancer = backend.load_balancers.get(arn)
    if balancer is None:
        return  # moto answers
    attributes = {**balancer.attrs, **changes}
    if attributes[_ENABLED] != "true":
        return
    name, folder = attributes[_BUCKET], _folder(backend, attributes)
    bucket = _store(backend).buckets.get(name)
    if (
        bucket is None
        or bucket.region_name != backend.region_name
        or not s3.lets_write(bucket, _SERVICE, f"{folder}/x")
    ):
        raise ELBClientError(
            "InvalidConfigurationRequest", f"Access Denied for bucket: {name}. Please check S3bucket permission"
        )
    _store(backend).put_object(name, f"{folder}/{_TEST_FILE}", b"Enable AccessLog for ELB: " + balancer.name.encode())


def deliver(at_once: bool = False) -> None:
    """Writes the logs of the last five minutes to their buckets, for each load balancer when its time has come."""
    balancing = balancers()
    if balancing is None:
        return
    for backend in backends():
        for balancer in list(backend.load_balancers.values()):
            if balancer.attrs.get(_ENABLED) != "true":
                continue
            if at_once or balancing.now - _delivered.setdefault(balancer.arn, balancing.now) >= INTERVAL:
                _delivered[balancer.arn] = balancing.now
                _deliver(backend, balancer, balancing.access_log(balancer.arn))


def _deliver(backend: ELBv2Backend, balancer: FakeLoadBalancer, records: list[dict]) -> None:
    bucket = balancer.attrs[_BUCKET]
    if not records:
        return
    if bucket not in _store(backend).buckets:
        log.warning("the access log of %s is lost: bucket %s is gone", balancer.name, bucket)
        return
    groups = {group_key(arn): arn for arn in list(backend.target_groups)}
    secure = next((int(one.port) for one in balancer.listeners.values() if one.protocol == "HTTPS"), 443)
    plain = next((int(one.port) for one in balancer.listeners.values() if one.protocol == "HTTP"), 80)
    name = f"app/{balancer.name}/{balancer_key(balancer.arn)}"
    lines = [access_log.line(record, name, secure if record["tls_version"] else plain, groups) for record in records]
    key = f"{_folder(backend, balancer.attrs)}/{_file(backend, name, balancer.dns_name)}"
    _store(backend).put_object(bucket, key, gzip.compress("".join(f"{one}\n" for one in lines).encode()))


def _folder(backend: ELBv2Backend, attributes: Mapping[str, str]) -> str:
    return "/".join(part for part in (attributes.get(_PREFIX), "AWSLogs", backend.account_id) if part)


def _file(backend: ELBv2Backend, balancer: str, address: str) -> str:
    """The rest of the key: elasticloadbalancing/region/yyyy/mm/dd/account_elasticloadbalancing_..._random.log.gz."""
    now = datetime.datetime.now(datetime.UTC)
    service, region = "elasticloadbalancing", backend.region_name
    who = f"{backend.account_id}_{service}_{region}_{balancer.replace('/', '.')}"
    name = f"{who}_{now:%Y%m%dT%H%MZ}_{address}_{secrets.token_hex(4)}.log.gz"
    return f"{service}/{region}/{now:%Y/%m/%d}/{name}"


def _store(backend: ELBv2Backend) -> Any:
    return s3_backends[backend.account_id][backend.partition]
