# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd says about units. Only what looks at units needs it."""

from __future__ import annotations

from .fast_typing import NamedTuple
from .services import UNKNOWN, path_of_unit_netns


class UnitState(NamedTuple):
    """What systemd says about a unit."""

    name: str
    """Its name: another one if it was asked for by an alias."""
    load: str = ""
    """The state of its files: loaded, not-found, masked ... Empty: nothing is known of it."""
    is_active: bool = False
    is_enabled: bool = False
    has_failed: bool = False
    """Also if it is about to be started again."""
    lost_netns: bool = False
    """Whether it could not be started because its namespace was missing."""
    needs_reload: bool = False
    """Whether systemd has yet to read its files again."""
    has_loaded: bool = False
    """Whether systemd has read a drop-in of this collection for it, which may be gone."""
    bound_to_lab: str = ""
    """The unit of a topology with which it is stopped, as far as systemd has read its files."""
    configured: str = ""
    """The file of the namespace that its files name; empty if they name none."""
    has_private_network: bool = False
    joined: tuple[tuple[str, str], ...] = ()
    """The units of JoinsNamespaceOf=, each with the file of the namespace that its files name."""
    covered: tuple[str, ...] = ()
    """The files in /etc in whose place its own settings put something else."""
    lost_settings: tuple[str, ...] = ()
    """The settings of the drop-in of this collection that other files of the unit take back."""
    place: str | None = UNKNOWN
    """The namespace in which it runs, or what ``services`` says of others; None: the host."""
    sees_other_files: bool = False
    """Whether its processes see other files in /etc than those of the namespace."""

    def explain_joined(self, netns: str) -> str:
        """Why systemd would not put it into a namespace; empty if it shares it with no other unit.

        Systemd 252 then takes what is there of the other unit, be it the network of the host, and
        does not look at NetworkNamespacePath= (exec_child in src/core/execute.c).
        """
        path = path_of_unit_netns(netns)
        for unit, configured in self.joined:
            if configured != path:
                return (
                    f"shares its namespaces with {unit} (JoinsNamespaceOf=), so systemd may "
                    "start it where that unit is, also if that is the host; remove that setting, "
                    f"or set NetworkNamespacePath={path} in {unit}"
                )
        return ""
