# SPDX-License-Identifier: GPL-3.0-or-later
"""The service, of its resources."""

from __future__ import annotations

import threading

from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.protocol import Service, load_model
from local_region.services.xray.encryption import Encryption
from local_region.services.xray.groups import Groups
from local_region.services.xray.records import Store
from local_region.services.xray.sampling_rules import SamplingRules
from local_region.services.xray.sampling_targets import SamplingTargets
from local_region.services.xray.tagging import Tagging
from local_region.services.xray.traces import Traces


class XRay(Groups, SamplingRules, SamplingTargets, Tagging, Encryption, Traces, Service):
    """botocore's `xray`."""

    model = load_model("xray")

    def __init__(self, clock: Clock, moto: Moto):
        self.clock, self.moto = clock, moto
        self.lock = threading.RLock()
        self.stores: dict[tuple[str, str], Store] = {}
