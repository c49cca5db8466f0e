# SPDX-License-Identifier: GPL-3.0-or-later
"""The local region's stand-in for Amazon's CloudWatch agent, as a Debian package.

agent.py    what runs on a host: sends lines of log files, memory and disk usage, traces
package.py  the package, where AWS keeps its own: ``s3://amazoncloudwatch-agent-<region>/<system>/<machine>/latest/``
"""
