# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 instances that take their time: pending until their host has booted, shutting-down until it is gone.

moto changes an instance's state at once. While a region has hosts, its changes stop half-way, and whoever runs the
hosts brings them to their end.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from moto.ec2.models.instances import Instance, InstanceBackend, InstanceState, StateReason
from moto.elbv2.models import elbv2_backends

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}

_wake: Callable[[], None] | None = None


def hold(wake: Callable[[], None] | None) -> None:
    """From now on state changes stop half-way and `wake` is called for each; with None they happen at once again."""
    global _wake
    _wake = wake


def set_state(instance: Any, name: str) -> None:
    """Gives an instance the state of that name; the code follows."""
    instance._state = InstanceState(name, CODES[name])


def finish_termination(instance: Any, reason: tuple[str, str] | None = None) -> None:
    """The last step of a termination, when the host is gone. `reason` (code, message) replaces moto's.

    AWS deletes the primary network interface with the instance; moto leaves it, and the security group in use by it.
    """
    for interface in list(instance.nics.values()):
        with contextlib.suppress(Exception):  # deleted already, as it asked for
            interface.delete()
    set_state(instance, "terminated")
    if reason:
        give_reason(instance, *reason)


def give_reason(instance: Any, code: str, message: str) -> None:
    """Says why an instance is in its state, in place of what moto says."""
    instance.state_reason = StateReason(f"{code}: {message}", code)


_run_instances = InstanceBackend.run_instances
_start, _stop, _terminate, _reboot = Instance.start, Instance.stop, Instance.terminate, Instance.reboot


def run_instances(self, image_id, count, user_data, security_group_names, **options):
    """As moto's, but with what a launch template says of profile, metadata options and interfaces, which moto drops,
    and with one root volume, of which moto makes two where a launch template maps it."""
    template = options.get("launch_template")
    data = self._get_template_from_args(template).data if template else {}
    if data.get("NetworkInterfaces") and not options.get("nics"):
        options["nics"] = [_interface(item, options.get("subnet_id")) for item in data["NetworkInterfaces"]]
    if data.get("MetadataOptions") and not options.get("metadata_options"):
        options["metadata_options"] = data["MetadataOptions"]
    if mappings := options.get("block_device_mappings") or data.get("BlockDeviceMappings"):
        options["block_device_mappings"] = _volumes(mappings, _root_device(self, image_id or data.get("ImageId")))
    reservation = _run_instances(self, image_id, count, user_data, security_group_names, **options)
    _give_profile(self, reservation.instances, options, data.get("IamInstanceProfile") or {})
    if _wake:
        for instance in reservation.instances:
            set_state(instance, "pending")
        _wake()
    return reservation


def _interface(item: dict, subnet_id: str | None) -> dict:
    interface = deepcopy(item)
    interface.setdefault("DeviceIndex", 0)
    if subnet_id:
        interface["SubnetId"] = subnet_id
    return interface


def _root_device(backend: Any, image_id: str) -> str:
    images = backend.describe_images(filters={"image-id": image_id})
    return (images[0].root_device_name if images else None) or "/dev/sda1"


def _volumes(mappings: list[dict], root_device: str) -> list[dict]:
    """The EBS volumes of a block device mapping, the image's root volume among them.

    A root volume goes with its instance unless the mapping says otherwise.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/preserving-volumes-on-termination.html
    """
    volumes = [deepcopy(item) for item in mappings if "Ebs" in item]
    if all(item["DeviceName"] != root_device for item in volumes):
        volumes.insert(0, {"DeviceName": root_device, "Ebs": {"VolumeSize": 8}})
    for item in volumes:
        if item["DeviceName"] == root_device:
            item["Ebs"].setdefault("DeleteOnTermination", True)
    return volumes


def _give_profile(backend: Any, instances: list, options: dict, of_template: dict) -> None:
    """Associates the instance profile. moto does it for the first instance only, and only when the request names it."""
    name, arn = options.get("iam_instance_profile_name"), options.get("iam_instance_profile_arn")
    if name or arn:
        instances = instances[1:]
    else:
        name, arn = of_template.get("Name"), of_template.get("Arn")
    if name or arn:
        for instance in instances:
            backend.associate_iam_instance_profile(
                instance.id, iam_instance_profile_name=name, iam_instance_profile_arn=arn
            )


def start(self):
    before = _start(self)
    return _half_way(self, before, "pending") if before.name != "running" else before


def stop(self):
    before = _stop(self)
    return _half_way(self, before, "stopping") if before.name != "stopped" else before


def terminate(self):
    """As moto's; the instance leaves its target groups too, as on AWS, whoever terminates it."""
    if self.state in ("shutting-down", "terminated"):
        return deepcopy(self._state)
    before = _terminate(self)
    backend = self.ec2_backend
    elbv2_backends[backend.account_id][backend.region_name].notify_terminate_instances([self.id])
    if _wake is None:
        finish_termination(self)
    return _half_way(self, before, "shutting-down")


def reboot(self):
    _reboot(self)
    self.reboot_wanted = True
    if _wake:
        _wake()


def _half_way(instance: Any, before: Any, state: str) -> Any:
    if _wake:
        set_state(instance, state)
        _wake()
    return before


InstanceBackend.run_instances = run_instances
Instance.start, Instance.stop, Instance.terminate, Instance.reboot = start, stop, terminate, reboot
