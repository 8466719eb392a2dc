# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the roles bridge_lab and bridge_lab_verify. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "bridge_lab_"
OPTIONS = (
    "address_sets", "backend", "bridge", "confirm_timeout", "force", "forwards", "gateway",
    "host_access", "in_interface", "integrate", "isolate", "masquerade", "name", "namespaces",
    "network", "out_interface", "persist", "policy", "purge", "routes", "state", "switch_netns",
    "verify_no_reach", "verify_reach",
)  # fmt: skip
_RESULTS = (
    "result", "topology", "verify_lab", "verify_result", "verify_seen", "verify_tables",
)  # fmt: skip


_LISTED = f"the variables are {', '.join(PREFIX + option for option in OPTIONS)}"


def check_variables(names: Iterable[str]) -> None:
    """Check that a role has each of the variables, which would do nothing otherwise.

    :raises Refused: it has not.
    """
    for name in sorted(names):
        option = name[len(PREFIX) :]
        if option not in (*OPTIONS, *_RESULTS):
            similar = difflib.get_close_matches(option, OPTIONS, 1)
            rule = f"did you mean {PREFIX}{similar[0]}?" if similar else _LISTED
            raise Refused(option, None, f"there is no such variable; {rule}")


def describe_error(error: Refused) -> str:
    """The error of an option as that of the role's variable."""
    return str(type(error)(f"{PREFIX}{error.parameter}", error.value, error.rule))
