# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure state machines of the services: state and a time in, decisions out. No clock, no socket, no thread.

deployment.py       the state of one deployment: its steps and hosts
progress.py         what happens next: start, acknowledge, complete, expire, stop
decisions.py        what that comes to, for others to carry out
blue_green.py       the steps of a blue/green deployment, and of the way back
healthy_hosts.py    how many hosts may be out at once, and when too many have failed
lifecycle.py        which events a host goes through, who performs them, which failures are forgiven
limits.py           how long each event may take
order.py            which host comes first, and zone by zone
rollback.py         whether the end of a deployment starts another one

alarm.py            the state of a CloudWatch alarm, from its datapoints, missing ones among them
alarm_reason.py     why, in CloudWatch's words
alarm_statistics.py statistics of the samples of a period
alarm_math.py       metric math
alarm_rule.py       rules of composite alarms
alarm_scaling.py    what a scaling policy makes of a group's capacity
alarm_suppression.py  when a composite alarm's actions wait

pipeline.py             the state of a pipeline and its executions
pipeline_operations.py  what may be asked of it: start, complete, stop, retry, roll back, update
pipeline_flow.py        between stages: locks, transitions, superseding, queues
pipeline_stage.py       inside a stage: conditions, actions by run order, what follows a failure
pipeline_variables.py   references to variables in configurations
"""
