# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pyroute2's message classes, for all that is not on the hot path. The one file that imports it.

On the hot path (namespaces, veth pairs, bridges and their VLANs, addresses, routes, policy rules,
neighbours, and dumps of these) this package packs and reads messages itself: pyroute2 takes 0.1 to
0.5 ms for a message, which for 1,000 namespaces is the difference between 1 s and 30 s. Everything
else is encoded and decoded by pyroute2's classes, 0.7.2 to 0.9.x: the options of other link types,
WireGuard, queueing disciplines, conntrack entries.

Only the classes are used, not pyroute2's sockets. To open one of those in another namespace forks
(11 ms, and ``NetNS(name)`` creates a missing namespace), and since 0.9 each has an asyncio event
loop. Our own socket is opened under setns(2) and sends what the classes encode.

No part of pyroute2 can be imported without its ``__init__``, which imports all of it, asyncio
included: 0.2 to 0.3 s. So it is imported only when a message has to be encoded or decoded. A task
on the hot path never does, and runs on a host that lacks pyroute2.

Attributes that pyroute2's classes lack are added to subclasses of them here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from .headers import BODY, NLATTR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AttributeList = list[tuple[str, Any]]
"""What pyroute2 encodes: (name of the attribute, value) in order."""


def encode_payload(
    message_class: Any,
    attributes: Iterable[tuple[str, Any]],
    fields: Mapping[str, int] | None = None,
) -> bytes:
    """The payload of a nested attribute of that class: its fields, then its attributes."""
    nest = message_class()
    nest["attrs"] = list(attributes)
    for name, value in (fields or {}).items():
        nest[name] = value
    nest.encode()
    return bytes(nest.data[NLATTR.size :])


def decode_payload(message_class: Any, payload: bytes) -> Any:
    """A nested attribute of that class, decoded from its payload."""
    nest = message_class(data=NLATTR.pack(len(payload) + NLATTR.size, 0) + payload)
    nest.decode()
    return nest


def encode_body(message: Any) -> bytes:
    """A message without its nlmsghdr."""
    message.encode()
    return bytes(message.data[BODY:])


def decode_message(message_class: Any, data: bytes) -> Any:
    """A message of that class, as the kernel sent it."""
    message = message_class(data)
    message.decode()
    return message


def _extend(base: Any, *attributes: tuple[int, str, str]) -> Any:
    """A subclass that knows these (number, name, type) as well, unless the base does."""
    known = [
        tuple(entry) if len(entry) == 3 else (number, *entry)
        for number, entry in enumerate(base.nla_map)
    ]
    numbers = {entry[0] for entry in known}
    added = [entry for entry in attributes if entry[0] not in numbers]
    return type(base.__name__, (base,), {"nla_map": tuple(known + added)})


@cache
def link_data_classes() -> dict[str, Any]:
    """The class of IFLA_INFO_DATA for each type of links."""
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    from pyroute2.netlink.rtnl.ifinfmsg.plugins.ipvlan import ipvlan
    from pyroute2.netlink.rtnl.ifinfmsg.plugins.tun import tun
    from pyroute2.netlink.rtnl.ifinfmsg.plugins.vlan import vlan
    from pyroute2.netlink.rtnl.ifinfmsg.plugins.vrf import vrf
    from pyroute2.netlink.rtnl.ifinfmsg.plugins.vxlan import vxlan

    return {
        "ipvlan": _extend(ipvlan, (2, "IFLA_IPVLAN_FLAGS", "uint16")),
        "macvlan": ifinfmsg.ifinfo.macvlan_data,
        "tun": tun,
        "vlan": vlan,
        "vrf": vrf,
        "vxlan": vxlan,
    }


@cache
def netem_class() -> Any:
    """The class of TCA_OPTIONS of a netem."""
    from pyroute2.netlink.rtnl.tcmsg.sched_netem import options

    return _extend(
        options,
        (8, "TCA_NETEM_RATE64", "uint64"),
        (10, "TCA_NETEM_LATENCY64", "uint64"),
        (11, "TCA_NETEM_JITTER64", "uint64"),
    )


TBF_FIELDS = (
    ("rate_cell_log", "B"),
    ("rate_linklayer", "B"),
    ("rate_overhead", "H"),
    ("rate_cell_align", "h"),
    ("rate_mpu", "H"),
    ("rate", "I"),
    ("peakrate_cell_log", "B"),
    ("peakrate_linklayer", "B"),
    ("peakrate_overhead", "H"),
    ("peakrate_cell_align", "h"),
    ("peakrate_mpu", "H"),
    ("peakrate", "I"),
    ("limit", "I"),
    ("buffer", "I"),
    ("mtu", "I"),
)
"""struct tc_tbf_qopt (linux/pkt_sched.h).

pyroute2's own class of it computes a rate table, which the kernel does not need when it is told the
link layer."""


@cache
def tbf_class() -> Any:
    """The class of TCA_OPTIONS of a tbf."""
    from pyroute2.netlink import nla
    from pyroute2.netlink.rtnl.tcmsg.sched_tbf import options

    extended = _extend(
        options,
        (4, "TCA_TBF_RATE64", "uint64"),
        (6, "TCA_TBF_BURST", "uint32"),
    )
    extended.tbf_parms = type("tbf_parms", (nla,), {"fields": TBF_FIELDS})
    return extended


@cache
def wireguard_class() -> Any:
    """The class of messages of the generic netlink family wireguard."""
    from pyroute2.netlink.generic.wireguard import wgmsg

    return wgmsg


@cache
def control_class() -> Any:
    """Messages of the generic netlink controller, which resolves the numbers of families."""
    from pyroute2.netlink import ctrlmsg

    return ctrlmsg


@cache
def conntrack_class() -> Any:
    """The class of messages about conntrack entries."""
    from pyroute2.netlink.nfnetlink.nfctsocket import nfct_msg

    return nfct_msg
