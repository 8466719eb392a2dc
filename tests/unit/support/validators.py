# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validators with fixed arguments."""

from __future__ import annotations

from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._params.addresses import (
    check_destination,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.ports import (
    check_target,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.sysctl_values import (
    check_sysctl,
)

ONE_PORT = (80, 80)


def check_target_of_one(parameter: str, value: str) -> Any:
    return check_target(parameter, value, ONE_PORT)


def check_target_of_four(parameter: str, value: str) -> Any:
    return check_target(parameter, value, (8000, 8003))


def check_ip_forward(parameter: str, value: Any) -> Any:
    return check_sysctl(parameter, "net.ipv4.ip_forward", value)[1]


def check_ports_of_its_own(parameter: str, value: Any) -> Any:
    return check_sysctl(parameter, "net.ipv4.ip_local_reserved_ports", value)[1]


def check_flush(parameter: str, value: Any) -> Any:
    return check_sysctl(parameter, "net.ipv6.route.flush", value)


def check_mask(parameter: str, value: Any) -> Any:
    return check_sysctl(parameter, "net.core.flow_limit_cpu_bitmap", value)[1]


def check_key(parameter: str, value: str) -> Any:
    return check_sysctl(parameter, value, 1)[0]


def check_destination_of_six(parameter: str, value: str) -> Any:
    return check_destination(parameter, value, 6)
