# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""C(run_module(OPTIONS, run)): everything between Ansible and a function C(run(context)) that returns a result.

The same C(run) serves the module and the warm controller, which calls the module's C(main()) in its own process.
"""

from __future__ import annotations

from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .client import Client
from .errors import Failure
from .progress import Progress
from .wait import Clock


class Context:
    """What a run may use of the world: its options, AWS, the time and somebody to report to.

    * C(options): validated options, None where not given and without a default
    * C(check_mode): nothing may be changed
    * C(verbosity): how many C(-v) the user gave
    * C(progress): where long waits tell what happens
    * C(clock): time for waits
    """

    def __init__(self, module, clock=None):
        self._module = module
        self._clients = {}
        self.options = module.params
        self.check_mode = module.check_mode
        self.verbosity = getattr(module, "_verbosity", 0)
        self.clock = clock or Clock()
        self.progress = Progress(censor=lambda line: remove_values(line, module.no_log_values))

    def client(self, service, remedies=None):
        """The Client of a service, made once a run. C(remedies): {error code: what to do about it}."""
        if service not in self._clients:
            self._clients[service] = Client(self._module, service, remedies)
        return self._clients[service]

    def account(self):
        """The caller's account id, for ARNs that no answer carries. One call to STS at most."""
        if not hasattr(self, "_account"):
            self._account = self.client("sts").call("get_caller_identity", doing="find out the AWS account")["account"]
        return self._account

    def secret(self, value):
        """Keep a value that was learnt during the run out of everything that is shown."""
        if value:
            self._module.no_log_values.add(value)

    def warn(self, text):
        """Warn the user; the run goes on."""
        # Not AnsibleAWSModule.warn: it also hands the warning to exit_json, which ansible-core deprecates.
        # And ansible-core shows warnings as they are, secrets included.
        warn(remove_values(text, self._module.no_log_values))


def run_module(options, run, supports_check_mode=True, clock=None, **rules):
    """Validate the task's options, run, and answer Ansible.

    :arg options: the argument spec of the module's own options; connection options are amazon.aws's.
    :arg run: C(run(context)) returning the result, a dict with C(changed). Raise Failure for what went wrong.
    :arg rules: C(required_if), C(mutually_exclusive), ... of AnsibleModule.
    """
    module = AnsibleAWSModule(argument_spec=dict(options), supports_check_mode=supports_check_mode, **rules)
    context = Context(module, clock)
    try:
        result = run(context)
    except Failure as failure:
        module.fail_json(msg=str(failure), **_told(context), **failure.facts)
    except AnsibleAWSError as error:
        module.fail_json_aws_error(error)
    module.exit_json(**_told(context), **result)


def _told(context):
    return {"progress": context.progress.lines} if context.progress.lines else {}
