# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes to the host: netlink messages in batches, files, and all NAT of a namespace at once."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Optional, Sequence, Set, cast

from .._firewall.firewall import Firewall
from .._host.netns import create_netns, inside_netns, remove_netns
from .._host.netns_handles import NetnsHandles
from .._host.resolver import remove_resolver, write_resolver
from .._host.sysctl import BooleanSysctls, confirm_sysctl, write_sysctl
from .._host.tuntap import create_tun
from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change, Resource, is_nat_resource, links_in
from .._model.errors import Failed
from .._model.impairments import Impairment
from .._model.link_options import TunOptions, WireguardOptions
from .._model.link_types import EXCLUSIVE_TYPES, LINK_TYPES
from .._model.links import IPV6_SETTINGS, Link, LinkRef, Veth
from .._model.netns import Netns, Resolver, StaleName, Sysctl
from .._model.routes import Route
from .._netlink.link_replies import read_link
from .._netlink.rtnl_requests import GETLINK, configure_link, mark_link
from .._netlink.socket import Reply, Socket
from .._netlink.wireguard import alter_wireguard
from .._render.actions import naming
from .firewall import RulesApplier
from .messages import Stage, write_stages
from .netns_worker import NetnsCreation
from .retry import BusyRetry

_TAKEN = {
    errno.EINVAL: "its link is not an Ethernet, or carries another, and one of the two has mode passthru, which takes a link for itself",
    errno.EBUSY: "what comes in by its link is given to a bridge already, or to a link of another kind",
}
_BATCH = 32
"""Links that are made together while namespaces are being made."""
_GONE = (errno.ENODEV, errno.ESRCH, errno.EADDRNOTAVAIL, errno.ENOENT)


@dataclass
class _Pending:
    """A change whose messages wait for their batch."""

    change: Change
    stages: List[Stage]
    settings: Dict[str, str] = field(default_factory=dict)
    keys: Optional[WireguardOptions] = None
    error: Optional[OSError] = None
    touched: bool = False


def _arrives(change: Change) -> bool:
    """Whether a link comes to be where it was not, by being made, moved or renamed: its index has to be learned."""
    before, after = change.before, change.after
    return (before is None and isinstance(after, (Link, Veth))) or (
        isinstance(before, Link) and isinstance(after, Link) and before.ref != after.ref
    )


def _explain(change: Change, reply: Reply) -> str:
    """Why the kernel refused, in its words where it has any that help."""
    before, after = change.before, change.after
    lacking = reply.errno == errno.EOPNOTSUPP and reply.words in ("", "Unknown device type")
    if lacking and before is None and isinstance(after, Link) and after.kind in LINK_TYPES:
        return f"this kernel has no links of type {after.kind} (module {LINK_TYPES[after.kind].module})"
    if (
        before is None
        and isinstance(after, Link)
        and after.kind in EXCLUSIVE_TYPES
        and not reply.words
    ):
        # Others may sit on its link in namespaces at which nobody looked.
        return _TAKEN.get(reply.errno, os.strerror(reply.errno))
    if (
        isinstance(before, Link)
        and isinstance(after, Link)
        and before.netns != after.netns
        and reply.errno == errno.EINVAL
        and not reply.words
    ):
        return f"{before.name} is bound to its network namespace (netns-local)"
    return reply.words or os.strerror(reply.errno)


def _is_tun(change: Change) -> bool:
    """Whether it makes an interface that no message can make."""
    return change.before is None and isinstance(change.after, Link) and change.after.kind == "tun"


def _settings_of(change: Change) -> Dict[str, str]:
    """The kernel parameters of a link that a change sets, by their path."""
    before, after = change.before, change.after
    if not isinstance(before, Link) or not isinstance(after, Link):
        return {}
    news = [
        name for name in IPV6_SETTINGS if getattr(after, name) not in (None, getattr(before, name))
    ]
    return {f"net/ipv6/conf/{after.name}/{name}": str(int(getattr(after, name))) for name in news}


def _keys_of(change: Change) -> Optional[WireguardOptions]:
    """The options of a wireguard that a change sets."""
    before, after = change.before, change.after
    if (
        not isinstance(before, Link)
        or not isinstance(after, Link)
        or after.options == before.options
    ):
        return None
    return after.options if isinstance(after.options, WireguardOptions) else None


def _dependency_kinds(change: Change) -> Set[str]:
    """What later changes may have to wait for."""
    told = {"removal" if change.after is None else "making"}
    return {*told, "arrival"} if _arrives(change) else told


def _open_marked(owner: Optional[str]) -> Socket:
    """A socket in a namespace that has just been made, and is marked."""
    socket = Socket()
    if owner is not None:
        socket.send([mark_link(Link(None, "lo", owner=owner))])[0].check()
    return socket


def _places_of(resource: Resource) -> List[Optional[str]]:
    """The namespaces that have to be there for a thing."""
    if isinstance(resource, Veth):
        return [resource.end.netns, resource.peer.netns]
    if isinstance(resource, Link) and resource.parent:
        return [resource.netns, resource.parent[0]]
    return [getattr(resource, "netns", None)]


class Applier:
    """Applies changes, in order, in rooms."""

    def __init__(self, handles: NetnsHandles, firewall: Firewall) -> None:
        self._handles = handles
        self.rules = RulesApplier(handles, firewall)
        self._pending: List[_Pending] = []
        self._waiting: Set[str] = set()
        """What kinds of changes are pending: asked for each change, so it is not looked up among a thousand."""
        self._unsettled: Set[LinkRef] = set()
        """Links whose kernel parameters are pending: they must not be raised before those are set."""
        self._netns_creation = NetnsCreation(handles)
        self._busy_retry = BusyRetry()
        self._boolean_sysctls = BooleanSysctls()

    def apply(self, changes: Sequence[Change], journal: List[Change]) -> None:
        """See ``Kernel.apply``."""
        try:
            self._netns_creation.begin(changes, _open_marked)
            for change in changes:
                self._take(change, journal)
            self._flush(journal)
            self.rules.flush(journal)
            self._netns_creation.finish(journal)
        finally:
            self._netns_creation.stop(journal)
            self.rules.forget()
            self._pending, self._waiting, self._unsettled = [], set(), set()

    def _await(self, places: Iterable[Optional[str]], journal: List[Change]) -> None:
        """Until these namespaces are there. The loopback of each that has come is raised along with what comes to be in it."""
        for raising in self._netns_creation.await_namespaces(places, journal):
            with naming(raising):
                self._pending.append(_Pending(raising, [(None, []), *self._stages(raising)]))

    def _take(self, change: Change, journal: List[Change]) -> None:
        if self._netns_creation.raises(change):
            self._await(_places_of(change.resource), journal)
            return
        if self._netns_creation.pending:
            if (
                isinstance(change.after, Netns)
                and change.after.name in self._netns_creation.pending
            ):
                return
            if len(self._pending) >= _BATCH:
                # So the kernel has both to do: the links of these, and the namespaces of the next.
                self._flush(journal)
            self._await(_places_of(change.resource), journal)
        if change.implied:
            for link in links_in(
                [change.before] if change.before is not None and change.after is None else []
            ):
                # Another may come to bear its name, in this very run.
                self._handles.get(link.netns).indexes.pop(link.name, None)
            self._pending.append(_Pending(change, []))
            return
        if is_nat_resource(change.resource):
            self._flush(journal)
            self.rules.add(change)
            return
        self.rules.flush(journal)
        if isinstance(
            change.resource, (Link, Veth, Address, Route, PortVlans, Impairment)
        ) and not _is_tun(change):
            self._enqueue(change, journal)
            return
        self._flush(journal)
        with naming(change):
            self._do(change)
            journal.append(change)
            if isinstance(change.after, Sysctl) and change.after.value is not None:
                with inside_netns(self._handles.get(change.after.netns).descriptor):
                    confirm_sysctl(change.after.key_path, change.after.value)

    def _enqueue(self, change: Change, journal: List[Change]) -> None:
        """Write its messages, to be sent with those of others."""
        if self._must_wait(change):
            self._flush(journal)
        try:
            with naming(change):
                pending = _Pending(
                    change, self._stages(change), _settings_of(change), _keys_of(change)
                )
        except Failed:
            self._flush(journal)  # What comes before it does not depend on it.
            raise
        self._pending.append(pending)
        self._waiting |= _dependency_kinds(change)
        if pending.settings or pending.keys:
            self._unsettled.add(cast(Link, change.after).ref)

    def _must_wait(self, change: Change) -> bool:
        """Whether what is pending has to be there before this change's messages can be written."""
        resource = change.resource
        if not self._pending:
            return False
        if isinstance(resource, (Address, PortVlans, Impairment)):
            return resource.link not in self._handles.get(resource.netns).indexes
        if isinstance(resource, Route):
            return "arrival" in self._waiting or "removal" in self._waiting
        if isinstance(resource, Link) and change.before is None and resource.parent:
            return "removal" in self._waiting or (
                bool(resource.parent[1])
                and resource.parent[1] not in self._handles.get(resource.parent[0]).indexes
            )
        if isinstance(resource, (Link, Veth)) and change.before is None:
            # It may take a place that a removal frees, and that may be another namespace's batch.
            return "removal" in self._waiting
        if isinstance(resource, (Link, Veth)) and change.after is None:
            # Its other end goes with it, and what is pending for that end is another namespace's batch.
            return "making" in self._waiting
        if isinstance(change.before, Link) and isinstance(change.after, Link):
            raised = bool(change.after.up) and not change.before.up
            moved = change.after.ref != change.before.ref and "removal" in self._waiting
            return (
                moved
                or "arrival" in self._waiting
                or (raised and change.after.ref in self._unsettled)
            )
        return False

    # netlink

    def _stages(self, change: Change) -> List[Stage]:
        try:
            return write_stages(change, self._handles)
        except OSError as error:
            if change.after is None and error.errno in _GONE:
                return []  # What it was on has gone, and it went along.
            raise

    def _flush(self, journal: List[Change]) -> None:
        pending, self._pending, self._waiting, self._unsettled = self._pending, [], set(), set()
        for stage in range(max((len(one.stages) for one in pending), default=0)):
            by_netns: Dict[Optional[str], List[_Pending]] = {}
            for one in pending:
                if len(one.stages) > stage and one.error is None:
                    by_netns.setdefault(one.stages[stage][0], []).append(one)
            for netns, group in by_netns.items():
                self._send(netns, group, stage)
        for one in pending:
            if one.error is None:
                self._settle(one)
            if one.error is None or one.touched:
                journal.append(one.change)
        for one in pending:
            if one.error is not None:
                with naming(one.change):
                    raise one.error

    def _send(self, netns: Optional[str], group: List[_Pending], stage: int) -> None:
        try:
            handle = self._handles.get(netns)
            replies = iter(
                handle.socket.send([request for one in group for request in one.stages[stage][1]])
            )
        except OSError as error:
            # The messages may have arrived although their answers did not.
            for one in group:
                one.error, one.touched = error, True
            return
        for one in group:
            requests = one.stages[stage][1]
            for request, reply in zip(
                requests,
                self._busy_retry.send_again(
                    handle.socket, one.change, requests, [next(replies) for _request in requests]
                ),
            ):
                if reply.errno and not (reply.errno in _GONE and one.change.after is None):
                    one.error = one.error or OSError(reply.errno, _explain(one.change, reply))
                elif not reply.errno:
                    one.touched = one.touched or request.type != GETLINK
                if reply.messages:
                    answer = read_link(netns, reply.messages[0])
                    handle.indexes[answer.link.name] = answer.ifindex

    def _settle(self, one: _Pending) -> None:
        """What a message cannot say: the kernel parameters of a link, and what only a wireguard has."""
        if not one.settings and one.keys is None:
            return
        before, link = cast(Link, one.change.before), cast(Link, one.change.after)
        with inside_netns(self._handles.get(link.netns).descriptor):
            if one.keys is not None:
                try:
                    alter_wireguard(
                        link.name, cast(Optional[WireguardOptions], before.options), one.keys
                    )
                except OSError as error:
                    one.error, one.touched = error, True
            for key, value in one.settings.items():
                try:
                    self._boolean_sysctls.write(
                        link.netns, key, value, getattr(before, key.rpartition("/")[2]) is True
                    )
                except FileNotFoundError:
                    pass  # Without IPv6 there is no such parameter, and nothing that it would have to prevent.
                except OSError as error:
                    one.error = error

    # everything else

    def _do(self, change: Change) -> None:
        before, after = change.before, change.after
        if isinstance(change.resource, (Netns, StaleName)):
            self._do_netns(before, after)
        elif isinstance(after, Link):
            self._make_tun(after)
        elif isinstance(change.resource, Sysctl):
            if change.resource.value is not None and after is not None:
                with inside_netns(self._handles.get(change.resource.netns).descriptor):
                    write_sysctl(change.resource.key_path, change.resource.value)
        elif isinstance(after, Resolver):
            write_resolver(after)
        else:
            remove_resolver(cast(Resolver, before).netns)

    def _make_tun(self, link: Link) -> None:
        handle = self._handles.get(link.netns)

        def furnish() -> None:
            for reply in handle.socket.send(configure_link(link)):
                reply.check()

        with inside_netns(handle.descriptor):
            create_tun(link.name, cast(TunOptions, link.options), furnish)

    def _do_netns(self, before: object, after: object) -> None:
        if isinstance(before, (Netns, StaleName)):
            self._handles.forget(before.name)
            remove_netns(before.name)
            self._busy_retry.ended.add(before.name)
            self.rules.rulesets.pop(before.name, None)
        if isinstance(after, Netns):
            descriptor, socket = create_netns(after.name, lambda: _open_marked(after.owner))
            self._handles.add(after.name, descriptor, socket).indexes["lo"] = 1
