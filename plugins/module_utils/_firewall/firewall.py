# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT rule sets in the packet filters of a host, whichever backend holds them.

The interface of this package. Backends and integrations are imported when they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Failed, Refused
from .._model.fast_replace import replace
from .._model.fast_typing import NamedTuple
from .._model.nat import ForwardingEnabled, IntegratedFirewall, Isolation, Ruleset, SpoofCheck
from .._model.resources import NatResource, PolicyPart
from .._model.rulesets import sort_rules
from .listing import Listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._model.foreign_forwards import ForeignForward
    from .guard.render import Guard
    from .interfaces import FirewallBackend, Survey

BACKENDS = ("nftables", "iptables")
"""In the order of preference."""
_OUTSIDE_BACKENDS = (IntegratedFirewall, SpoofCheck, PolicyPart)
"""Resources whose rules are not in the tables or chains of a backend."""
_WITH_GUARD = (Isolation, ForwardingEnabled)
"""Resources that policy routing rules guard."""


class BackendChoice(NamedTuple):
    """A backend's name, and why it was chosen."""

    backend: str
    reason: str


class Firewall:
    """Our rule sets on a host, for the run of one task.

    Every method works on the network namespace of the calling thread. The object keeps the tables
    that a backend has rendered (see ``nftables.render``), so one run shares one object.
    """

    def __init__(self) -> None:
        self._backends: dict[str, FirewallBackend] = {}
        self._guards: dict[str | None, Guard | None] = {}
        """The policy routing rules of ours that each namespace had when it was first observed."""
        self._owners: Mapping[str, str] = {}
        """The owners of links of the host, as they were when rules were read last."""

    def open_backend(self, name: str) -> FirewallBackend:
        """Return the backend of this name, one of ``BACKENDS``."""
        if name not in self._backends:
            self._backends[name] = _load_backend(name)
        return self._backends[name]

    def observe_ruleset(self, netns: str | None, listing: Listing | None = None) -> Ruleset | None:
        """Read our rules, of either backend, with integrations and spoof checks.

        :return: ``None`` if there are none; damaged if both backends hold rules.
        """
        listing = Listing(self._owners) if listing is None else listing
        self._owners = listing.owners
        if listing.is_empty:
            self._guards.setdefault(netns, None)
            return None
        from .guard.render import complete_policies, complete_ruleset
        from .outside import observe_outside, observe_policy_parts

        ruleset = complete_ruleset(self._observe_backends(netns, listing), listing.guard, netns)
        self._guards.setdefault(netns, listing.guard)
        resources = ruleset.resources if ruleset else ()
        outside = observe_outside(netns, resources, listing)
        policies = observe_policy_parts(netns, listing)
        outside += complete_policies(ruleset, policies, listing.guard, listing.owners)
        if not outside:
            return ruleset
        if ruleset is None:
            return Ruleset("", sort_rules(outside))
        return replace(ruleset, resources=sort_rules((*resources, *outside)))

    def _observe_backends(self, netns: str | None, listing: Listing) -> Ruleset | None:
        found: list[Ruleset] = []
        for name in BACKENDS:
            if _may_hold_rules(name, listing):
                ruleset = self.open_backend(name).observe_ruleset(netns, listing)
                found += [ruleset] if ruleset else []
        if len(found) > 1:
            return replace(found[0], damaged=True)
        return found[0] if found else None

    def note_rules(self) -> None:
        """Note for the next run what was read in this one, which may change the host."""
        for backend in self._backends.values():
            backend.note_rules()

    def choose_backend(self, requested: str, current: Ruleset | None) -> BackendChoice:
        """Choose the backend for a namespace.

        :param requested: a backend, or ``auto``: the one that holds rules already, otherwise
            nftables if it works, otherwise iptables.
        :raises Refused: the requested backend does not work, or none does.
        """
        if current is not None and current.backend == requested:
            return BackendChoice(requested, "requested by the task")
        if requested != "auto":
            reason = self.open_backend(requested).find_unavailable_reason()
            if reason is not None:
                raise Refused("backend", requested, reason)
            return BackendChoice(requested, "requested by the task")
        if current is not None and current.backend:
            return BackendChoice(current.backend, "it already holds rules of this collection")
        reasons: list[str] = []
        for name in BACKENDS:
            reason = self.open_backend(name).find_unavailable_reason()
            if reason is None:
                return BackendChoice(name, "; ".join(["it works here", *reasons]))
            reasons.append(f"{name}: {reason}")
        raise Refused(
            "backend",
            requested,
            "NAT and isolate need a firewall backend, and none works here: " + "; ".join(reasons),
        )

    def replace_ruleset(self, before: Ruleset | None, after: Ruleset | None) -> None:
        """Replace one rule set by another; if the backend changes, the new rules come first.

        :raises Conflict: a table or chain has our name and not our mark.
        :raises Failed: a tool refused the rules.
        """
        current, wanted = before.resources if before else (), after.resources if after else ()
        if _have(_WITH_GUARD, current, wanted):
            self._replace_with_guard(before, after)
        else:
            self._replace_in_backends(_in_backend(before), _in_backend(after))
        if _have(IntegratedFirewall, current, wanted):
            from .integrate.dispatch import list_owners, replace_integrations

            self._owners = {**self._owners, **list_owners(wanted)}
            replace_integrations(current, wanted)
        if _have(_OUTSIDE_BACKENDS, current, wanted):
            from .outside import replace_outside

            replace_outside(current, wanted)

    def _replace_with_guard(self, before: Ruleset | None, after: Ruleset | None) -> None:
        """Replace rules, then their guard; if that fails, put back those of before.

        Marks without a guard change nothing, and a guard without marks would drop packets.
        """
        from .guard.guard import open_guard, replace_guard

        with open_guard() as socket:
            self._replace_in_backends(_in_backend(before), _in_backend(after))
            try:
                replace_guard(socket, after.resources if after else ())
            except (Failed, OSError):
                self._replace_in_backends(_in_backend(after), _in_backend(before))
                raise

    def _replace_in_backends(self, before: Ruleset | None, after: Ruleset | None) -> None:
        if before == after or (before is None and not _has_rules(after)):
            return
        name = _backend_after(before, after)
        same = before if before is not None and before.backend == name else None
        self.open_backend(name).replace_ruleset(same, after)
        if before is None or (before.backend == name and not before.damaged and _has_rules(after)):
            return
        # Others hold rules if the backend changed, or the rules are damaged. A removal is from all.
        netns = before.resources[0].netns if before.resources else None
        for other_name in BACKENDS:
            listing = Listing()
            if other_name == name or not _may_hold_rules(other_name, listing):
                continue
            other = self.open_backend(other_name)
            leftover = other.observe_ruleset(netns, listing)
            if leftover is None:
                continue
            try:
                other.replace_ruleset(leftover, None)
            except Failed:
                # It may have failed when the rules were gone, and the undo has no others.
                if other.observe_ruleset(netns, Listing()) is None:
                    other.replace_ruleset(None, leftover)
                self.open_backend(name).replace_ruleset(after, same)
                raise

    def render_commands(
        self, before: Ruleset | None, after: Ruleset | None, prefix: str = ""
    ) -> list[str]:
        """Return the commands for bash that do what ``replace_ruleset`` does.

        :param prefix: stands before each command, for example ``ip netns exec red ``.
        """
        commands = self._render_backend_commands(_in_backend(before), _in_backend(after), prefix)
        current, wanted = before.resources if before else (), after.resources if after else ()
        if _have(_WITH_GUARD, current, wanted):
            from .guard.guard import render_guard_commands

            # Otherwise the guard is the one that follows from the rules.
            damaged = before is not None and before.damaged
            live = self._guards.get((*current, *wanted)[0].netns) if damaged else None
            commands += render_guard_commands(live, current, wanted, prefix)
        if _have(IntegratedFirewall, current, wanted):
            from .integrate.dispatch import render_integration_commands

            commands += render_integration_commands(current, wanted, prefix)
        if _have(_OUTSIDE_BACKENDS, current, wanted):
            from .outside import render_outside_commands

            commands += render_outside_commands(current, wanted, prefix)
        return commands

    def _render_backend_commands(
        self, before: Ruleset | None, after: Ruleset | None, prefix: str
    ) -> list[str]:
        name = _backend_after(before, after)
        same = before if before is not None and before.backend == name else None
        commands: list[str] = []
        if same != after:
            commands += self.open_backend(name).render_commands(same, after, prefix)
        if before is not None and before.backend != name:
            commands += self.open_backend(before.backend).render_commands(before, None, prefix)
        return commands


def _load_backend(name: str) -> FirewallBackend:
    if name == "nftables":
        from .nftables.backend import NftablesBackend

        return NftablesBackend()
    from .iptables.backend import IptablesBackend

    return IptablesBackend()


def _may_hold_rules(backend: str, listing: Listing) -> bool:
    """Return whether a backend may hold rules in this namespace, without importing it."""
    return bool(listing.nft_tables if backend == "nftables" else listing.iptables_programs)


def _have(kinds: type | tuple[type, ...], *lists: Sequence[NatResource]) -> bool:
    return any(isinstance(resource, kinds) for resources in lists for resource in resources)


def _has_rules(ruleset: Ruleset | None) -> bool:
    return ruleset is not None and bool(ruleset.resources)


def _backend_after(before: Ruleset | None, after: Ruleset | None) -> str:
    """Return the backend that a replacement goes to."""
    if after is not None and after.resources:
        return after.backend
    return before.backend if before else BACKENDS[0]


def _in_backend(ruleset: Ruleset | None) -> Ruleset | None:
    """Return the part of a rule set that is in a backend's own tables or chains."""
    if ruleset is None or not ruleset.backend:
        return None
    resources = tuple(
        resource for resource in ruleset.resources if not isinstance(resource, _OUTSIDE_BACKENDS)
    )
    if len(resources) == len(ruleset.resources):
        return ruleset
    return replace(ruleset, resources=resources) if resources else None


def observe_foreign_forwards(listing: Listing) -> tuple[ForeignForward, ...]:
    """Find the ports that rules of others forward in this namespace."""
    if listing.is_empty:
        return ()
    from .foreign.read import read_foreign_forwards

    return read_foreign_forwards(listing)


def survey_firewalls(listing: Listing) -> Survey:
    """Find other firewalls that decide about forwarded traffic in this namespace."""
    from .interfaces import Survey

    if listing.is_empty:
        return Survey()
    from .integrate.dispatch import survey_integrations

    return survey_integrations(listing)
