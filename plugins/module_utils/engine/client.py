# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One AWS service, asked in snake_case and answering in snake_case.

Built on amazon.aws: its connection options, sessions and back-off. What is added: the names (see naming), the back-off
for the throttling codes that CodeDeploy and CodePipeline use, errors for people, and a quick answer when nothing
listens at an endpoint that was set by hand.
"""

from __future__ import annotations

try:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError
except ImportError:
    Config = None  # AnsibleAWSModule says what is missing

from ansible_collections.amazon.aws.plugins.module_utils.common import set_collection_info
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from . import naming
from .errors import THROTTLING_CODES, translate
from .version import VERSION

CONNECT_TIMEOUT_SECONDS = 10


class ThrottlingRetry(AWSRetry):
    """amazon.aws's back-off, for the codes that ask for it and for no others."""

    @staticmethod
    def found(response_code, catch_extra_error_codes=None):
        return response_code in THROTTLING_CODES or response_code in (catch_extra_error_codes or ())


class Client:
    """Calls one service. C(call) for one request, C(pages) for all pages of a list."""

    def __init__(self, module, service, remedies=None):
        """
        :arg module: an AnsibleAWSModule; its connection options are used.
        :arg service: botocore's name of the service ("codedeploy").
        :arg remedies: {AWS error code: what the user can do about it}.
        """
        set_collection_info(collection_name="convoy.delivery", collection_version=VERSION)
        self._boto = module.client(service, config=Config(connect_timeout=CONNECT_TIMEOUT_SECONDS))
        self._remedies = remedies or {}
        self._endpoint_url = module.params.get("endpoint_url")
        self.region = self._boto.meta.region_name
        self.partition = self._boto.meta.partition
        self.model = self._boto.meta.service_model
        self.service = self.model.metadata.get("serviceId") or service
        if self._endpoint_url:
            # Nothing listens at an address that somebody chose: more attempts only delay the news.
            self._boto.meta.events.register_first(f"needs-retry.{service}", _give_up_when_nothing_listens)

    def call(self, operation, doing=None, absent=(), **options):
        """One request; the answer in snake_case, or None when AWS answers with one of the C(absent) error codes.

        :arg operation: the method's name, "get_application".
        :arg doing: what is being done, for the error message: "read application storefront".
        :raises ApiError: for every other error.
        """
        model = self._operation_model(operation)
        request = naming.to_api(model.input_shape, options) if model.input_shape else {}
        send = ThrottlingRetry.jittered_backoff(retries=8, delay=0.5, max_delay=20)(getattr(self._boto, operation))
        try:
            answer = send(**request)
        except (ClientError, BotoCoreError) as error:
            problem = self._translate(error, operation, doing)
            if problem.code in absent:
                return None
            raise problem from error
        return naming.from_api(model.output_shape, answer) if model.output_shape else {}

    def pages(self, operation, entries, doing=None, absent=(), **options):
        """All entries of a list, over all its pages. C(entries) is the answer's member that holds them.

        An operation that has a next token but no paginator in botocore's model is followed by its token.
        """
        found, token = [], {}
        token_option = self._token_option(operation)
        while True:
            answer = self.call(operation, doing=doing, absent=absent, **options, **token)
            if answer is None:
                return found
            found.extend(answer.get(entries) or [])
            following = answer.get(token_option) if token_option else None
            if not following:
                return found
            token = {token_option: following}

    def batches(self, operation, ids, entries, size, doing=None, **options):
        """The entries of a batch operation asked C(size) at a time. C(ids) is a pair: (option, all its values)."""
        option, values = ids
        found = []
        for start in range(0, len(values), size):
            chunk = {option: values[start : start + size]}
            found.extend(self.call(operation, doing=doing, **options, **chunk).get(entries) or [])
        return found

    def _operation_model(self, operation):
        return self.model.operation_model(self._boto.meta.method_to_api_mapping[operation])

    def _token_option(self, operation):
        shape = self._operation_model(operation).input_shape
        names = naming.members(shape) if shape else {}
        return next((name for name in ("next_token", "marker") if name in names), None)

    def _translate(self, error, operation, doing):
        return translate(
            error,
            doing or operation.replace("_", " "),
            self.service,
            endpoint_url=self._endpoint_url,
            region=self.region,
            remedies=self._remedies,
        )


def _give_up_when_nothing_listens(caught_exception=None, **_ignored):
    if isinstance(caught_exception, (EndpointConnectionError, ConnectTimeoutError)):
        raise caught_exception
