# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults to inject into a running region: what breaks, for how long, and how it is whole again.

fault.py         what a fault is: its name, parameters, effect and undoing
registry.py      all kinds of faults, by name
active.py        the faults that are active now; ends them in time
interception.py  where faults of the API step between a request and its answer
the others       one file a fault, or a family of them
"""
