# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a link that is there, or has just been made: whatever differs from what is wanted."""

from __future__ import annotations

from typing import Any, Dict, List

from .._describe.links import describe_kind, describe_link
from .._describe.places import describe_location
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_options import merge_options
from .._model.link_types import EXCLUSIVE_TYPES, LINK_TYPES
from .._model.links import IPV6_SETTINGS, PORT_FLAGS, Link, type_of
from .addresses import plan_addresses
from .phases import Phase
from .projection import Projection

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
    *IPV6_SETTINGS,
    "link_local",
)


def _check_port(projection: Projection, port: Link, current: Link, steal: bool) -> None:
    """Refuse to put into a bridge what must not be there."""
    master = projection.need_link(
        "bridge", port.netns, port.bridge or "", describe_link(port), kind="bridge"
    )
    if master.kind != "bridge":
        what = f"{describe_kind(master)} {describe_location(master.netns)}"
        raise Conflict(
            "bridge",
            master.name,
            f"is {what}, not a bridge; only a bridge takes {port.name} as a port",
        )
    if current.kind == "bridge":
        raise Refused(
            "bridge",
            master.name,
            f"{current.name} is a bridge itself, and a bridge cannot be a port of another",
        )
    if current.name == "lo":
        raise Refused("bridge", master.name, "lo cannot be a port of a bridge")
    if current.bridge and current.owner is None and not steal:
        rule = f"{current.name} is a port of bridge {current.bridge} already; steal (of linux_bridge) would take it away from there"
        raise Conflict("bridge", master.name, rule)
    current_type = type_of(current)
    if current_type is not None and not current_type.port:
        raise Refused(
            "bridge",
            master.name,
            f"{current.name} is {describe_kind(current)}, which no bridge takes as a port",
        )
    for child in projection.links.on(current.ref):
        if child.kind in EXCLUSIVE_TYPES:
            rule = f"{current.name} carries {describe_kind(child)}, {child.name}, and what comes in is given to one of the two only"
            raise Refused("bridge", master.name, rule)
    if (current.parent or (None, ""))[1] and current.parent == master.ref:
        raise Refused(
            "bridge",
            master.name,
            f"{current.name} sits on that bridge, which cannot have it as a port as well",
        )
    burdens = list(current.addresses or ()) if port.addresses is None else []
    burdens += describe_uses(projection, current)
    if burdens:
        raise Refused(
            "bridge",
            master.name,
            f"{current.name} carries {' and '.join(dict.fromkeys(burdens))}; as a port it would lose them",
        )


def describe_uses(projection: Projection, link: Link) -> List[str]:
    """What hangs on a link, by its routes and addresses: the default route, the connection by which this task came."""
    burdens = []
    for route in projection.routes.get(link.netns, ()):
        if link.name in (
            route.device,
            *(hop.device for hop in route.nexthops or ()),
        ) and route.destination in ("0.0.0.0/0", "::/0"):
            burdens.append("the default route")
    ssh_address = projection.current.ssh_server[0] if projection.current.ssh_server else None
    if any(text.split("/")[0] == ssh_address for text in link.addresses or ()):
        burdens.append("the SSH connection of this very task")
    return list(dict.fromkeys(burdens))


def _differences(wanted: Link, current: Link) -> Dict[str, Any]:
    """What of a link has to be set, but for its addresses."""
    want, has = vars(wanted), vars(current)
    changed = {name: want[name] for name in _ALTERABLE if want[name] not in (None, has[name])}
    if wanted.bridge not in (None, current.bridge):
        changed.update(
            {
                flag: default if getattr(wanted, flag) is None else getattr(wanted, flag)
                for flag, default in PORT_FLAGS.items()
            }
        )
        if (
            wanted.link_local is None
            and current.owner is not None
            and current.link_local is bool(wanted.bridge)
        ):
            changed["link_local"] = not wanted.bridge
    elif not current.bridge:
        for flag in PORT_FLAGS:
            changed.pop(flag, None)
    # It has one master.
    if changed.get("bridge") and current.vrf:
        changed["vrf"] = ""
    if changed.get("vrf") and current.bridge:
        changed.update(bridge="", **PORT_FLAGS)
    if wanted.options is not None:
        known = current.options or type(wanted.options)()
        options = merge_options(wanted.options, known)
        if options != known:
            changed["options"] = options
    return changed


def alter_link(projection: Projection, wanted: Link, current: Link, steal: bool = False) -> None:
    """Bring an existing (or just made) link to what is wanted."""
    changed = _differences(wanted, current)
    if changed.get("bridge"):
        _check_port(projection, wanted, current, steal)
    if changed.get("vrf"):
        _check_vrf(projection, wanted, current)
    if wanted.queues not in (None, current.queues):
        raise Conflict(
            "queues",
            wanted.queues,
            f"{describe_link(current)} has {current.queues}, and a cable keeps what it was made with; delete it first",
        )
    if not changed and wanted.addresses in (None, current.addresses):
        return
    goes_up = changed.pop("up", None) if changed.get("up") else None
    if changed.get("up") is False or ("vrf" in changed and current.up):
        # To find its routes anew, the kernel sets a link down for a moment when it comes into a vrf, or out of it.
        current = projection.set_down(current, Phase.ALTER)
    if changed.get("mtu"):
        _shrink_children(projection, current, changed["mtu"])
    bare = replace(current, addresses=None)
    if changed:
        altered = replace(bare, **changed)
        projection.step(Phase.ALTER, bare, altered)
        bare = altered
    if goes_up:
        # A port has no address that must be there first (but its VLANs), and a bridge is quieter when it is raised last.
        projection.step(
            Phase.ALTER if bare.bridge and bare.ref not in projection.with_vlans else Phase.UP,
            bare,
            replace(bare, up=True),
        )
        bare = replace(bare, up=True)
    projection.links[current.ref] = replace(
        bare, addresses=plan_addresses(projection, wanted, current)
    )


def _check_vrf(projection: Projection, wanted: Link, current: Link) -> None:
    vrf = projection.need_link(
        "vrf", wanted.netns, wanted.vrf or "", describe_link(wanted), kind="vrf"
    )
    if vrf.kind != "vrf":
        raise Conflict(
            "vrf", vrf.name, f"is {describe_kind(vrf)} {describe_location(vrf.netns)}, not a vrf"
        )
    if current.kind == "vrf" or current.name == "lo":
        raise Refused(
            "vrf",
            vrf.name,
            f"{current.name} is {'a vrf itself' if current.kind == 'vrf' else 'the loopback'}, which no vrf takes",
        )
    if current.bridge and current.owner is None:
        raise Conflict(
            "vrf",
            vrf.name,
            f"{current.name} is a port of bridge {current.bridge} already; take it out of there first",
        )
    burdens = describe_uses(projection, current)
    if burdens:
        raise Refused(
            "vrf",
            vrf.name,
            f"{current.name} carries {' and '.join(burdens)}; in a vrf it would lose them",
        )


def _shrink_children(projection: Projection, parent: Link, mtu: int) -> None:
    """What sits on a link cannot have a larger MTU: the kernel takes it down along."""
    for child in projection.links.on(parent.ref):
        if LINK_TYPES[child.kind or ""].parent and child.mtu is not None and child.mtu > mtu:
            shrunk = replace(child, mtu=mtu)
            _shrink_children(projection, child, mtu)
            projection.step(
                Phase.ALTER,
                replace(child, addresses=None),
                replace(shrunk, addresses=None),
                implied=True,
            )
            projection.links[child.ref] = shrunk
