# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeDeploy applications: a name and a compute platform, to which deployment groups and revisions belong."""

from __future__ import annotations

from ..engine.resource import Resource
from ..engine.tags import check_tags
from .common import Tags, check_name, codedeploy, tag_list

COMPUTE_PLATFORMS = ("Server", "Lambda", "ECS")
BATCH_SIZE = 100  # BatchGetApplications takes at most 100 names

ABSENT = ("ApplicationDoesNotExistException",)


class Application(Resource):
    noun = "application"
    key = ("application_name",)
    settings = ("compute_platform",)
    immutable = ("compute_platform",)
    rename = ("application_name", "new_application_name")

    def __init__(self, context):
        super().__init__(context)
        self.client = codedeploy(context)

    def check(self, wanted):
        check_name("application_name", wanted["application_name"])
        check_name("new_application_name", self.options.get("new_application_name"))
        check_tags(wanted.get("tags"))

    def defaults(self, wanted):
        return {"compute_platform": "Server"}

    def find(self, wanted):
        name = wanted["application_name"]
        answer = self.client.call(
            "get_application", doing=f"read application {name}", absent=ABSENT, application_name=name
        )
        return answer and answer["application"]

    def create(self, wanted):
        request = {**self.defaults(wanted), **wanted}
        if "tags" in wanted:
            request["tags"] = tag_list(wanted["tags"])
        self.client.call("create_application", doing=f"create {self.name_of(wanted)}", **request)

    def update(self, current, changes):
        """The name is the only thing that UpdateApplication changes."""
        self.client.call(
            "update_application",
            doing=f"rename {self.name_of(current)}",
            application_name=current["application_name"],
            new_application_name=changes["application_name"],
        )

    def delete(self, current):
        self.client.call(
            "delete_application",
            doing=f"delete {self.name_of(current)}",
            application_name=current["application_name"],
        )

    def read_tags(self, current):
        return Tags(self.context).read(self._arn(current))

    def write_tags(self, current, to_set, to_unset):
        Tags(self.context).write(self._arn(current), to_set, to_unset)

    def _arn(self, state):
        return Tags(self.context).arn("application", state["application_name"])


def list_applications(context, names=None):
    """The applications of these names (all of them when None), with their tags, by name. Unknown names are left out."""
    client = codedeploy(context)
    known = client.pages("list_applications", "applications", doing="list the applications")
    wanted = sorted(known if names is None else set(known) & set(names))
    found = client.batches(
        "batch_get_applications",
        ("application_names", wanted),
        "applications_info",
        BATCH_SIZE,
        doing="read the applications",
    )
    tags = Tags(context)
    for application in found:
        application["tags"] = tags.read(tags.arn("application", application["application_name"]))
    return sorted(found, key=lambda application: application["application_name"])
