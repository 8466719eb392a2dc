# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter bridge_lab_probes: probes for the module netns_probe_info that test a lab. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.host_access import ALL
from ansible_collections.redblue.netns.plugins.plugin_utils._bridge_lab.policies import (
    Members,
    list_ports,
    read_policies,
    refuse_probes,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._bridge_lab.probes import (
    compose_probes,
    list_ends,
    probe_ports,
    read_host_access,
    read_probes,
)


def bridge_lab_probes(
    lab: Any,
    reach: Any = (),
    no_reach: Any = (),
    host_access: Any = ALL,
    policy: Any = (),
    address_sets: Any = (),
) -> list[dict[str, Any]]:
    """The probes that every lab must pass, and after them those of the user.

    :param lab: the output of the filter ``bridge_lab``.
    :param host_access: the option of ``topology``, as ``policy`` and ``address_sets``.
    :raises AnsibleFilterError: the input or an option is not valid.
    """
    try:
        if not isinstance(lab, Mapping) or "veth" not in lab:
            raise Refused("_input", lab, "is not the output of the filter bridge_lab")
        host_reach = read_host_access(host_access)
        probes = compose_probes(lab, host_reach)
        if policy:
            ends, host = list_ends(lab)
            addresses = {end.netns: list(end.addresses) for end in (*ends, host)}
            rules = read_policies(policy, address_sets)
            of_ports = probe_ports(lab, list_ports(rules), host_reach)
            probes = refuse_probes(chain(probes, of_ports), Members(addresses), rules)
        return [
            *probes,
            *read_probes("reach", reach, True),
            *read_probes("no_reach", no_reach, False),
        ]
    except Refused as error:
        raise AnsibleFilterError(f"bridge_lab_probes: {error}") from error


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"bridge_lab_probes": bridge_lab_probes}
