# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a link that is there, or has just been made: whatever differs from what is wanted."""

from __future__ import annotations

from typing import Any, Dict, List

from .._describe.links import say_kind, say_link, say_type
from .._describe.places import say_where
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_types import NATURES, OPTIONS, TAKES_ALL, lay
from .._model.links import INET6_SETTINGS, PORT_FLAGS, Link
from .addresses import plan_addresses
from .phases import Phase
from .projection import Draft

_ALTERABLE = (
    "up",
    "mtu",
    "mac",
    "txqueuelen",
    "arp",
    "promisc",
    "bridge",
    "vrf",
    *PORT_FLAGS,
    *INET6_SETTINGS,
    "link_local",
)


def _check_port(draft: Draft, port: Link, there: Link, steal: bool) -> None:
    """Refuse to put into a bridge what must not be there."""
    master = draft.need_link("bridge", port.netns, port.bridge or "", say_link(port), kind="bridge")
    if master.kind != "bridge":
        what = f"{say_kind(master)} {say_where(master.netns)}"
        raise Conflict(
            "bridge",
            master.name,
            f"is {what}, not a bridge; only a bridge takes {port.name} as a port",
        )
    if there.kind == "bridge":
        raise Refused(
            "bridge",
            master.name,
            f"{there.name} is a bridge itself, and a bridge cannot be a port of another",
        )
    if there.name == "lo":
        raise Refused("bridge", master.name, "lo cannot be a port of a bridge")
    if there.bridge and there.owner is None and not steal:
        rule = f"{there.name} is a port of bridge {there.bridge} already; steal (of linux_bridge) would take it away from there"
        raise Conflict("bridge", master.name, rule)
    if there.kind in NATURES and not NATURES[there.kind].port or say_type(there) == "tun":
        raise Refused(
            "bridge",
            master.name,
            f"{there.name} is {say_kind(there)}, which no bridge takes as a port",
        )
    for child in draft.links.on(there.place):
        if child.kind in TAKES_ALL:
            rule = f"{there.name} carries {say_kind(child)}, {child.name}, and what comes in is given to one of the two only"
            raise Refused("bridge", master.name, rule)
    if (there.parent or (None, ""))[1] and there.parent == master.place:
        raise Refused(
            "bridge",
            master.name,
            f"{there.name} sits on that bridge, which cannot have it as a port as well",
        )
    burdens = list(there.addresses or ()) if port.addresses is None else []
    burdens += say_burdens(draft, there)
    if burdens:
        raise Refused(
            "bridge",
            master.name,
            f"{there.name} carries {' and '.join(dict.fromkeys(burdens))}; as a port it would lose them",
        )


def say_burdens(draft: Draft, link: Link) -> List[str]:
    """What hangs on a link, by its routes and addresses: the default route, the connection by which this task came."""
    burdens = []
    for route in draft.routes.get(link.netns, ()):
        if link.name in (
            route.device,
            *(hop.device for hop in route.nexthops or ()),
        ) and route.destination in ("0.0.0.0/0", "::/0"):
            burdens.append("the default route")
    ssh_address = draft.there.ssh_server[0] if draft.there.ssh_server else None
    if any(text.split("/")[0] == ssh_address for text in link.addresses or ()):
        burdens.append("the SSH connection of this very task")
    return list(dict.fromkeys(burdens))


def _differences(wanted: Link, there: Link) -> Dict[str, Any]:
    """What of a link has to be set, but for its addresses."""
    want, has = vars(wanted), vars(there)
    changed = {name: want[name] for name in _ALTERABLE if want[name] not in (None, has[name])}
    if wanted.bridge not in (None, there.bridge):
        changed.update(
            {
                flag: default if getattr(wanted, flag) is None else getattr(wanted, flag)
                for flag, default in PORT_FLAGS.items()
            }
        )
        if (
            wanted.link_local is None
            and there.owner is not None
            and there.link_local is bool(wanted.bridge)
        ):
            changed["link_local"] = not wanted.bridge
    elif not there.bridge:
        for flag in PORT_FLAGS:
            changed.pop(flag, None)
    # It has one master.
    if changed.get("bridge") and there.vrf:
        changed["vrf"] = ""
    if changed.get("vrf") and there.bridge:
        changed.update(bridge="", **PORT_FLAGS)
    if wanted.options is not None:
        known = there.options or OPTIONS[wanted.kind or ""]()
        options = lay(wanted.options, known)
        if options != known:
            changed["options"] = options
    return changed


def alter_link(draft: Draft, wanted: Link, there: Link, steal: bool = False) -> None:
    """Bring an existing (or just made) link to what is wanted."""
    changed = _differences(wanted, there)
    if changed.get("bridge"):
        _check_port(draft, wanted, there, steal)
    if changed.get("vrf"):
        _check_vrf(draft, wanted, there)
    if wanted.queues not in (None, there.queues):
        raise Conflict(
            "queues",
            wanted.queues,
            f"{say_link(there)} has {there.queues}, and a cable keeps what it was made with; delete it first",
        )
    if not changed and wanted.addresses in (None, there.addresses):
        return
    goes_up = changed.pop("up", None) if changed.get("up") else None
    if changed.get("up") is False or ("vrf" in changed and there.up):
        # To find its routes anew, the kernel sets a link down for a moment when it comes into a vrf, or out of it.
        there = draft.lower(there, Phase.ALTER)
    if changed.get("mtu"):
        _shrink_children(draft, there, changed["mtu"])
    bare = replace(there, addresses=None)
    if changed:
        altered = replace(bare, **changed)
        draft.step(Phase.ALTER, bare, altered)
        bare = altered
    if goes_up:
        # A port has no address that must be there first (but its VLANs), and a bridge is quieter when it is raised last.
        draft.step(
            Phase.ALTER if bare.bridge and bare.place not in draft.with_vlans else Phase.UP,
            bare,
            replace(bare, up=True),
        )
        bare = replace(bare, up=True)
    draft.links[there.place] = replace(bare, addresses=plan_addresses(draft, wanted, there))


def _check_vrf(draft: Draft, wanted: Link, there: Link) -> None:
    vrf = draft.need_link("vrf", wanted.netns, wanted.vrf or "", say_link(wanted), kind="vrf")
    if vrf.kind != "vrf":
        raise Conflict("vrf", vrf.name, f"is {say_kind(vrf)} {say_where(vrf.netns)}, not a vrf")
    if there.kind == "vrf" or there.name == "lo":
        raise Refused(
            "vrf",
            vrf.name,
            f"{there.name} is {'a vrf itself' if there.kind == 'vrf' else 'the loopback'}, which no vrf takes",
        )
    if there.bridge and there.owner is None:
        raise Conflict(
            "vrf",
            vrf.name,
            f"{there.name} is a port of bridge {there.bridge} already; take it out of there first",
        )
    burdens = say_burdens(draft, there)
    if burdens:
        raise Refused(
            "vrf",
            vrf.name,
            f"{there.name} carries {' and '.join(burdens)}; in a vrf it would lose them",
        )


def _shrink_children(draft: Draft, parent: Link, mtu: int) -> None:
    """What sits on a link cannot have a larger MTU: the kernel takes it down along."""
    for child in draft.links.on(parent.place):
        if NATURES[child.kind or ""].parent and child.mtu is not None and child.mtu > mtu:
            shrunk = replace(child, mtu=mtu)
            _shrink_children(draft, child, mtu)
            draft.step(
                Phase.ALTER,
                replace(child, addresses=None),
                replace(shrunk, addresses=None),
                implied=True,
            )
            draft.links[child.place] = shrunk
