# SPDX-License-Identifier: GPL-3.0-or-later
"""The data plane of Elastic Load Balancing: one Envoy that does what ELBv2's state says.

spec.py        what a load balancer is to do, as plain data
from_moto.py   that data from moto's ELBv2 state (pure); what cannot be done is refused here, in plain words
conditions.py  rule conditions as regular expressions (pure)
routes.py      listeners' rules as Envoy routes (pure)
tls.py         certificates and security policies as Envoy resources and files
resources.py   target groups, listeners and the bootstrap as Envoy resources (pure)
access_log.py  requests as Envoy writes them down, and as ELB's log lines (pure, but for reading)
targets.py     the life of a target: initial, healthy, unhealthy, draining (pure)
measures.py    request counts and times from Envoy's statistics (pure)
envoy.py       the Envoy process, its files and its admin socket
"""
