# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host in memory. It passes the same contract as a real host (test_contract.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ansible_collections.redblue.netns.plugins.module_utils._engine.host import Intent
from ansible_collections.redblue.netns.plugins.module_utils._model.announcements import (
    Announcement,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.changes import (
    Change,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.host_paths import (
    Flow,
    HostPaths,
    Path,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import Sysctl
from ansible_collections.redblue.netns.plugins.module_utils._model.probes import (
    Probe,
    ProbeResult,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.processes import LabProcess
from ansible_collections.redblue.netns.plugins.module_utils._model.raw_state import (
    RawObject,
    RawState,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import Route
from ansible_collections.redblue.netns.plugins.module_utils._model.scope import Scope

from support.fake_kernel import NEW_LINK, apply_change
from support.fake_packets import probe_once, read_routes


class FakeHost:
    """Links, routes and rules that obey the rules of the kernel.

    No name exists twice, the ends of a veth pair go together, a link takes its children with it,
    and a route goes with its device.
    """

    def __init__(self) -> None:
        self.lab: str | None = None
        self.current = CurrentState(machine_id="fake")
        self.current.links[(None, "lo")] = replace(NEW_LINK, name="lo", up=True)
        self.current.routes[None] = ()
        self._captured: dict[
            str | None, tuple[dict[LinkRef, tuple[str, ...]], tuple[Route, ...]]
        ] = {}

    def add_veth(self, name: str, peer: str) -> None:
        """Add a veth pair of the host that this collection did not make."""
        for end, other, mac in (
            (name, peer, "02:00:00:00:00:51"),
            (peer, name, "02:00:00:00:00:52"),
        ):
            self.current.links[None, end] = replace(
                NEW_LINK, name=end, kind="veth", peer=(None, other), mac=mac, queues=1, up=True
            )

    def announce(self, announcements: Sequence[Announcement]) -> list[Announcement]:
        return []

    @property
    def warnings(self) -> Sequence[str]:
        return ()

    def begin(self, stage: str, total: int = 0) -> None:
        """Stages of a host in memory are not shown."""

    @contextmanager
    def lock(self, create: bool) -> Iterator[None]:
        yield

    def observe(self, scope: Scope) -> CurrentState:
        known = {None, *self.current.namespaces}
        seen = known if scope.all_namespaces else known & set(scope.namespaces)
        current = CurrentState(machine_id="fake")
        current.namespaces = {
            name: netns for name, netns in self.current.namespaces.items() if name in seen
        }
        links = {ref: link for ref, link in self.current.links.items() if ref[0] in seen}
        current.links = {
            ref: link if link.peer in links else replace(link, peer=None)
            for ref, link in links.items()
        }
        current.routes = {
            name: read_routes(self.current, name)
            for name in seen
            if scope.all_namespaces or name in scope.routes
        }
        current.impairments = {
            ref: impairment
            for ref, impairment in self.current.impairments.items()
            if ref[0] in seen
        }
        current.vlans = {ref: vlans for ref, vlans in self.current.vlans.items() if ref[0] in seen}
        current.resolvers = dict(self.current.resolvers)
        current.rulesets = {
            name: rules for name, rules in self.current.rulesets.items() if name in seen
        }
        if scope.backend is not None:
            current.backends = dict.fromkeys(scope.nat & seen, "nftables")
        self._observe_sysctls(current, scope, seen)
        return current

    def _observe_sysctls(self, current: CurrentState, scope: Scope, seen: set[str | None]) -> None:
        """Add the sysctls that the scope names, and those that forwarding needs."""
        defaults = {key: "0" for key in scope.sysctls if key[0] in seen}
        for name in seen:
            interfaces = [ref[1] for ref in current.links if ref[0] == name]
            for interface in ("all", "default", *interfaces):
                defaults[(name, f"net/ipv4/conf/{interface}/forwarding")] = "0"
            defaults[(name, "net/ipv6/conf/all/forwarding")] = "0"
        for link in current.links.values():
            if link.netns in scope.nat6 & seen:
                conf = f"net/ipv6/conf/{link.name}"
                defaults[(link.netns, f"{conf}/forwarding")] = "0"
                defaults[(link.netns, f"{conf}/accept_ra")] = str(int(bool(link.accept_ra)))
        current.sysctls = {
            key: self.current.sysctls.get(key, default) for key, default in defaults.items()
        }

    def observe_paths(self, current: CurrentState) -> HostPaths:
        """No connection to this host has to be kept."""
        return HostPaths((), (), ())

    def ask_paths(self, flows: Sequence[Flow]) -> list[Path]:
        return []

    def apply(self, changes: Sequence[Change], journal: list[Change]) -> None:
        for change in changes:
            if not change.implied:
                apply_change(self.current, change)
            journal.append(change)

    def read_lost_sysctls(self, changes: Sequence[Change]) -> list[Sysctl]:
        return []

    def recover(self, check: bool) -> list[str]:
        return []

    def record(self, intent: Intent) -> None:
        """Do nothing: no run is killed."""

    def forget_record(self) -> None:
        """Do nothing: nothing is recorded."""

    def stop_keeping(self) -> None:
        """Do nothing: nothing is kept."""

    def end_removed(self) -> None:
        """Do nothing: what is removed is gone at once."""

    def capture(self, netns: str | None) -> RawState:
        addresses = {
            ref: link.addresses or () for ref, link in self.current.links.items() if ref[0] == netns
        }
        self._captured[netns] = (addresses, self.current.routes.get(netns, ()))
        return RawState(netns, 0, {}, ())

    def find_missing(self, state: RawState, exact: bool = True) -> frozenset[RawObject]:
        return frozenset()

    def restore(self, state: RawState, addresses_only: bool = False) -> list[str]:
        """Give back addresses, and routes where none of the same destination was added."""
        addresses, routes = self._captured[state.netns]
        for ref, known in addresses.items():
            link = self.current.links.get(ref)
            if link is not None:
                has = link.addresses or ()
                missing = [text for text in known if text not in has]
                self.current.links[ref] = replace(link, addresses=(*has, *missing))
        has_routes = self.current.routes.get(state.netns, ())
        keys = {route.key for route in has_routes}
        if not addresses_only:
            missing_routes = [route for route in routes if route.key not in keys]
            self.current.routes[state.netns] = (*has_routes, *missing_routes)
        return []

    def reopen(self) -> None:
        """A host in memory has no sockets."""

    def restore_contents(self) -> list[str]:
        """Return nothing: a link has only its settings."""
        return []

    def settle(self) -> None:
        """Do nothing: in memory every resource has its owner."""

    def await_ready(self, processes: Sequence[LabProcess]) -> None:
        """Processes of a host in memory are ready at once."""

    def await_carrier(self) -> None:
        """Return at once: every link has its carrier as soon as it is up."""

    def probe(self, probes: Sequence[Probe]) -> list[ProbeResult]:
        """Send ICMP echo alone; every reply has the latency 0."""
        return [probe_once(self.current, probe) for probe in probes]
