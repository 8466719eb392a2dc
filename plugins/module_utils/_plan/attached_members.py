# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of a topology that CNI plugins attach, so that policies know them.

Only the plugins know which interface, MAC address and addresses a member gets. The result of an
attachment has them: it is on the host, where root of the member cannot write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.cni import ATTACHED, list_bridges
from .._model.cni_results import find_mac, list_addresses
from .._model.links import Link

if TYPE_CHECKING:
    from collections.abc import Collection

    from .._model.cni import CniAttachment
    from .._model.links import LinkRef
    from .projection import Projection


class AttachedMembers:
    """What CNI plugins attach of the members of the topology that is planned.

    ``links`` are their interfaces, as plugins made them. ``bridges`` are those of which a plugin
    makes a port, each with the member. ``faults`` are why policies do not hold for some, and
    ``faulty_bridges`` the same of bridges.
    """

    def __init__(self, projection: Projection, members: Collection[str]) -> None:
        self._projection = projection
        self.members: set[str] = set()
        self.links: dict[LinkRef, Link] = {}
        self.bridges: dict[LinkRef, str] = {}
        self.faults: dict[str, str] = {}
        self.faulty_bridges: dict[LinkRef, str] = {}
        for attachment in projection.attachments.values():
            if attachment.netns in members and attachment.ifname != "lo":
                self._add(attachment)

    def _add(self, attachment: CniAttachment) -> None:
        netns = attachment.netns
        self.members.add(netns)
        is_pending = attachment.result is None
        bridges = [*list_bridges(attachment)]
        fault = self._find_fault(attachment, [ref for ref, _plugin in bridges])
        if fault is None and not is_pending and not _is_sound(attachment):
            fault = f"is not as its plugins left it: {attachment.fault}"
        if fault is not None:
            what = f"an interface of network {attachment.network} that {fault}"
            self.faults.setdefault(netns, f"CNI plugins give {netns} {what}")
            self.faulty_bridges.update((ref, self.faults[netns]) for ref, _plugin in bridges)
            return
        self.bridges.update((ref, netns) for ref, _plugin in bridges)
        if is_pending:
            self._await(attachment)
        else:
            link = make_link(attachment)
            self.links[link.ref] = link

    def _find_fault(self, attachment: CniAttachment, bridges: list[LinkRef]) -> str | None:
        """Why policies cannot hold for an attachment, as the end of a sentence."""
        if attachment.config is None:
            return None  # Check mode assumes a network, of which nothing is known.
        if not bridges:
            return "is no port of a bridge of this topology"
        for ref, plugin in list_bridges(attachment):
            bridge = self._projection.links.get(ref)
            if bridge is None or bridge.owner != self._projection.request.owner:
                return f"is a port of bridge {ref[1]}, which this topology did not create"
            if plugin.get("vlan") or plugin.get("vlanTrunk"):
                return f"is a port of bridge {ref[1]} in a VLAN"
        return None

    def _await(self, attachment: CniAttachment) -> None:
        """Note that policies get the addresses of a member when its plugins have attached it."""
        self._projection.awaits_attached = True
        if self._projection.request.assume:
            self._projection.builder.notes.append(
                f"assume no address of {attachment.netns} in network {attachment.network}: its "
                "plugins choose it when they attach the namespace, and policies get it then"
            )


def make_link(attachment: CniAttachment) -> Link:
    """The interface of an attachment in its namespace, as its plugins made it."""
    netns, ifname, result = attachment.netns, attachment.ifname, attachment.result
    addresses = tuple(list_addresses(result, netns, ifname))
    mac = find_mac(result, netns, ifname)
    return Link(netns, ifname, kind="veth", addresses=addresses, mac=mac)


def _is_sound(attachment: CniAttachment) -> bool:
    return attachment.in_place and attachment.state == ATTACHED
