# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWS region on one machine: moto's API, real hosts, a real load balancer, CodeDeploy that deploys."""
