# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of roles, so that a misspelt one is told. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable


class RoleVariables(NamedTuple):
    """The variables of roles: a prefix, what users set, and what the roles register."""

    prefix: str
    options: tuple[str, ...]
    results: tuple[str, ...]

    def check(self, names: Iterable[str]) -> None:
        """Check that a role has each of the variables, which would do nothing otherwise.

        :raises Refused: it has not.
        """
        listed = ", ".join(self.prefix + option for option in self.options)
        for name in sorted(names):
            option = name[len(self.prefix) :]
            if option not in (*self.options, *self.results):
                similar = difflib.get_close_matches(option, self.options, 1)
                rule = f"did you mean {self.prefix}{similar[0]}?" if similar else ""
                rule = rule or f"the variables are {listed}"
                raise Refused(option, None, f"there is no such variable; {rule}")

    def describe_error(self, error: Refused) -> str:
        """The error of an option as that of the role's variable."""
        return str(type(error)(f"{self.prefix}{error.parameter}", error.value, error.rule))


_OF_LAB = (
    "address_sets", "backend", "bridge", "confirm_timeout", "dhcp", "dns", "force", "forwards",
    "gateway", "host_access", "hosts", "in_interface", "integrate", "isolate", "masquerade",
    "name", "namespaces", "network", "out_interface", "persist", "policy", "processes", "purge",
    "ra", "routes", "state", "switch", "switch_netns", "switch_options",
    "verify_capture_on_failure", "verify_no_reach", "verify_reach",
)  # fmt: skip
_RESULTS_OF_LAB = (
    "result", "topology", "verify_capture", "verify_failed", "verify_file", "verify_lab",
    "verify_networks", "verify_result", "verify_seen", "verify_tables", "verify_targets",
)  # fmt: skip
BRIDGE_LAB = RoleVariables("bridge_lab_", _OF_LAB, _RESULTS_OF_LAB)
"""Of the roles bridge_lab and bridge_lab_verify."""
