# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integration with firewalld: our interface is bound to its zone ``trusted``.

The binding is made in the running and in the permanent configuration: a reload forgets the running
one. A binding carries no mark. It is ours if we made the interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._host.programs import find, run
from ..._model.errors import Failed
from ..._model.lazy_pattern import compile_lazily
from ..._model.nat import BlockingChain, IntegratedFirewall
from ..interfaces import FirewallIntegration, Survey
from ..listing import FIREWALLD_TABLE, TRUSTED_ZONE_FILE, Listing
from ..resources import of_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._model.resources import NatResource

PROGRAM, OFFLINE_PROGRAM = "firewall-cmd", "firewall-offline-cmd"
ZONE = "trusted"
HOOK_POINT = f"firewalld:{ZONE}"
_INTERFACE = compile_lazily(r'<interface name="([^"]+)"')


class FirewalldIntegration(FirewallIntegration):
    """firewalld with its backend nftables; its backend iptables is not supported."""

    def survey(self, listing: Listing) -> Survey:
        if FIREWALLD_TABLE not in (listing.nft_tables or ()):
            return Survey()
        running = _is_running(listing)
        chain = BlockingChain(
            "inet",
            "filter_FORWARD of table inet firewalld",
            "firewalld" if running else None,
        )
        return Survey({"firewalld": (HOOK_POINT,)} if running else {}, (chain,))

    def observe_integrations(
        self, netns: str | None, resources: Sequence[NatResource], listing: Listing
    ) -> list[IntegratedFirewall]:
        names = sorted(_permanent_interfaces() & listing.owners.keys()) if netns is None else []
        running = _is_running(listing)
        found = []
        for name in names:
            # A binding that the running firewalld does not have is incomplete.
            complete = not running or _is_bound(PROGRAM, [], name)
            hook_points = (HOOK_POINT,) if complete else ()
            owner = listing.owners[name]
            found.append(IntegratedFirewall(None, name, "firewalld", hook_points, owner))
        return found

    def replace_integrations(
        self, before: Sequence[NatResource], after: Sequence[NatResource], listing: Listing
    ) -> None:
        if _is_running(listing):
            calls = [(PROGRAM, ["--permanent"]), (PROGRAM, [])]
        else:
            calls = [(OFFLINE_PROGRAM, [])]
        for verb, name in _steps(before, after):
            for program, options in calls:
                # A run that failed, or a restart, may have done a part of it already.
                if _is_bound(program, options, name) != (verb == "add"):
                    _bind(program, options, verb, name)

    def render_commands(
        self, before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
    ) -> list[str]:
        return [
            f"{prefix}{PROGRAM} {options}--zone={ZONE} --{verb}-interface={name}"
            for verb, name in _steps(before, after)
            for options in ("--permanent ", "")
        ]


def _is_running(listing: Listing) -> bool:
    """Return whether firewalld has its rules in this namespace."""
    return find(PROGRAM) is not None and FIREWALLD_TABLE in (listing.nft_tables or ())


def _permanent_interfaces() -> set[str]:
    try:
        with open(TRUSTED_ZONE_FILE, encoding="utf-8") as file:
            return set(_INTERFACE.findall(file.read()))
    except FileNotFoundError:
        return set()


def _bound_interfaces(resources: Sequence[NatResource]) -> set[str]:
    return {
        entry.interface
        for entry in of_type(resources, IntegratedFirewall)
        if HOOK_POINT in entry.hook_points
    }


def _steps(before: Sequence[NatResource], after: Sequence[NatResource]) -> list[tuple[str, str]]:
    """Return what to do as pairs of a verb (``remove``, ``add``) and an interface."""
    current, wanted = _bound_interfaces(before), _bound_interfaces(after)
    removals = [("remove", name) for name in sorted(current - wanted)]
    return removals + [("add", name) for name in sorted(wanted - current)]


def _is_bound(program: str, options: Sequence[str], name: str) -> bool:
    return run(program, [*options, f"--zone={ZONE}", f"--query-interface={name}"]).code == 0


def _bind(program: str, options: Sequence[str], verb: str, name: str) -> None:
    action = f"--{verb}-interface={name}"
    answer = run(program, [*options, f"--zone={ZONE}", action])
    if answer.code:
        raise Failed(f"{program} {' '.join([*options, action])}: {answer.complaint}")
