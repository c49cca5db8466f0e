# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates: versions after the first, and tags."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

_create_version = LaunchTemplate.create_version
_create_launch_template_version = LaunchTemplates.create_launch_template_version


def create_version(self, data: dict[str, Any], description: str):
    """As moto's, with two corrections.

    User data gets the type that the launch of an instance asserts; moto converts only version 1's. The template's own
    tags are no part of a version's data; moto adds them to version 1's.
    """
    user_data = data.get("UserData")
    if user_data is not None and not isinstance(user_data, Base64EncodedString):
        data["UserData"] = parse_user_data(user_data)
    if "TagSpecifications" in data:
        of_instances = [one for one in data["TagSpecifications"] if one.get("ResourceType") != "launch-template"]
        data["TagSpecifications"] = of_instances
        if not of_instances:
            del data["TagSpecifications"]
    version = _create_version(self, data, description)
    # A number is never given again; moto counts the versions that there are.
    version.number = self.last_number = getattr(self, "last_number", 0) + 1
    return version


_get_version = LaunchTemplate.get_version


def get_version(self, number: Any):
    """By its number; moto takes that for the place in the list, from which versions can be deleted here."""
    if str(number).startswith("$"):
        return _get_version(self, number)
    for version in self.versions:
        if str(version.number) == str(number):
            return version
    raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=number)


def default_version(self):
    return self.get_version(self.default_version_number)


def delete_launch_template_versions(self) -> ActionResult:
    """Missing in moto; `ec2_launch_template` calls it before it deletes a template of several versions.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteLaunchTemplateVersions.html
    """
    name, template_id = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
    backend = self.ec2_backend
    template = backend.get_launch_template_by_name(name) if name else backend.get_launch_template(template_id)
    deleted, kept = [], []
    for number in self._get_param("Versions", []):
        entry = {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "VersionNumber": int(number),
        }
        found = next((version for version in template.versions if str(version.number) == str(number)), None)
        if found is None:
            code, message = "launchTemplateVersionDoesNotExist", f"Version {number} does not exist."
        elif template.is_default(found):
            code, message = "unexpectedError", "The default version cannot be deleted."
        else:
            template.versions.remove(found)
            deleted.append(entry)
            continue
        kept.append(entry | {"ResponseError": {"Code": code, "Message": message}})
    return ActionResult(
        {
            "SuccessfullyDeletedLaunchTemplateVersions": deleted,
            "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
        }
    )


def create_launch_template_version(self) -> ActionResult:
    """As moto's, with SourceVersion: the new version begins as a copy of that one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html
    """
    source = self._get_param("SourceVersion")
    if source:
        name, template_id = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
        backend = self.ec2_backend
        template = backend.get_launch_template_by_name(name) if name else backend.get_launch_template(template_id)
        data = self._get_param("LaunchTemplateData", {})
        for member, value in template.get_version(source).data.items():
            if value is not None:
                data.setdefault(member, deepcopy(value))
        # moto reads the data from here again.
        self.params["LaunchTemplateData"] = data
    return _create_launch_template_version(self)


def _tags(self) -> list[dict]:
    """The template's tags as they are now; moto shows those that it was created with for ever."""
    return self.get_tags()


LaunchTemplate.create_version = create_version
LaunchTemplate.get_version = get_version
LaunchTemplate.default_version = default_version
LaunchTemplates.delete_launch_template_versions = delete_launch_template_versions
LaunchTemplate.tags = property(_tags, lambda self, value: None)
LaunchTemplates.create_launch_template_version = create_launch_template_version
