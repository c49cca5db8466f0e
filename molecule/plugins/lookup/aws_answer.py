# SPDX-License-Identifier: GPL-3.0-or-later
"""What an AWS operation answers, for the scenarios' verify.yml: where no info module is, or to ask independently."""

from __future__ import annotations

import json

import boto3
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from botocore.exceptions import BotoCoreError, ClientError

DOCUMENTATION = """
name: aws_answer
short_description: What an AWS operation answers
description:
  - For the scenarios in C(molecule/) only. All pages, times as text, without the metadata of the answer.
  - The connection is that of the variable C(aws_connection).
options:
  _terms:
    description: The service and the operation as boto3 calls them, for example C(codecommit) and C(get_repository).
    required: true
"""

EXAMPLES = """
- ansible.builtin.debug:
    msg: "{{ lookup('aws_answer', 'codecommit', 'get_repository', repositoryName='storefront').repositoryMetadata }}"
"""


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **parameters):
        service, operation = terms
        connection = self._templar.template(variables["aws_connection"])
        client = boto3.client(
            service,
            region_name=connection["region"],
            endpoint_url=connection["endpoint_url"],
            aws_access_key_id=connection["access_key"],
            aws_secret_access_key=connection["secret_key"],
        )
        try:
            if client.can_paginate(operation):
                answer = client.get_paginator(operation).paginate(**parameters).build_full_result()
            else:
                answer = getattr(client, operation)(**parameters)
        except (BotoCoreError, ClientError) as error:
            raise AnsibleLookupError(f"{service} {operation}: {error}") from error
        answer.pop("ResponseMetadata", None)
        return [json.loads(json.dumps(answer, default=str))]
