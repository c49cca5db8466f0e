# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for AWS's CodeDeploy agent: same protocol, configuration, files and behaviour on the host.

Runs on a host as a package of its own (``codedeploy_agent``) and imports nothing else of the local region. Its rules
are those of aws-codedeploy-agent 1.8; from version 2.1 it takes the refusal of AppSpec paths that leave the revision.

    daemon      polls for commands and answers for them        commands    the wire protocol
    executor    one command -> what is done on the host        envelope    the specification that comes with it
    bundle      download and unpack                            appspec     the AppSpec file
    install     files and permissions, planned                 instructions    carried out, and cleaned up
    hooks       scripts                                        revisions   where everything lies on the host
"""

VERSION = "1.8.1"
