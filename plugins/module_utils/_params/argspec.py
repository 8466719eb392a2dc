# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One argument specification per resource; the modules add ``state``, the topology makes lists of them."""

from __future__ import annotations

from typing import Any, Dict

from .._model.nat import FIREWALLS
from .._model.probes import DNS_RECORD_TYPES, PROTOCOLS

Spec = Dict[str, Any]

STATE: Spec = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}
NETNS: Spec = {"netns": {"type": "str"}}
BACKEND: Spec = {
    "backend": {"type": "str", "choices": ["auto", "nftables", "iptables"], "default": "auto"}
}

INTEGRATE: Spec = {
    "integrate": {"type": "list", "elements": "str", "choices": list(FIREWALLS), "default": []}
}

NETNS_SPEC: Spec = {
    "name": {"type": "str", "required": True},
    "sysctls": {"type": "dict"},
    "nameservers": {"type": "list", "elements": "str"},
    "search": {"type": "list", "elements": "str"},
    "force": {"type": "bool", "default": False},
}

IMPAIRMENT_SPEC: Spec = {
    "delay": {"type": "str"},
    "jitter": {"type": "str"},
    "loss": {"type": "str"},
    "corrupt": {"type": "str"},
    "duplicate": {"type": "str"},
    "reorder": {"type": "str"},
    "rate": {"type": "str"},
    "limit": {"type": "int"},
}

IMPAIRMENT: Spec = {"impairment": {"type": "dict", "options": IMPAIRMENT_SPEC}}

_LINK: Spec = {
    "addresses": {"type": "list", "elements": "str"},
    "vrf": {"type": "str"},
    "up": {"type": "bool", "default": True},
    "mtu": {"type": "int"},
    "mac": {"type": "str"},
    "promisc": {"type": "bool"},
    "link_local": {"type": "bool"},
}

_PORT: Spec = {
    **_LINK,
    "bridge": {"type": "str"},
    "txqueuelen": {"type": "int"},
    "arp": {"type": "bool"},
    "isolated": {"type": "bool"},
    "hairpin": {"type": "bool"},
    "learning": {"type": "bool"},
    "vlan": {"type": "int"},
    "vlans": {"type": "list", "elements": "str"},
    **IMPAIRMENT,
}
"""A link that may be a port of a bridge."""

END_SPEC: Spec = {
    **NETNS,
    "name": {"type": "str", "required": True},
    **_PORT,
    "queues": {"type": "int"},
    "spoofchk": {"type": "bool"},
}

VETH_SPEC: Spec = {**END_SPEC, "peer": {"type": "dict", "options": END_SPEC}}

LINUX_BRIDGE_SPEC: Spec = {
    **NETNS,
    "name": {"type": "str", "required": True},
    **_LINK,
    "ports": {"type": "list", "elements": "str"},
    "steal": {"type": "bool", "default": False},
    "stp": {"type": "bool"},
    "priority": {"type": "int"},
    "forward_delay": {"type": "int"},
    "hello_time": {"type": "int"},
    "max_age": {"type": "int"},
    "ageing_time": {"type": "int"},
    "mcast_snooping": {"type": "bool"},
    "vlan_filtering": {"type": "bool"},
    "vlan_default_pvid": {"type": "int"},
}

_KEY: Spec = {"type": "str", "no_log": True}
_KEY_FILE: Spec = {"type": "path", "no_log": False}

PEER_SPEC: Spec = {
    "public_key": {"type": "str", "required": True, "no_log": False},
    "endpoint": {"type": "str"},
    "allowed_ips": {"type": "list", "elements": "str"},
    "persistent_keepalive": {"type": "int"},
    "preshared_key": _KEY,
    "preshared_key_file": _KEY_FILE,
}

NETNS_LINK_TYPES = (
    "physical",
    "dummy",
    "ipvlan",
    "macvlan",
    "tap",
    "tun",
    "vlan",
    "vrf",
    "vxlan",
    "wireguard",
)

NETNS_LINK_SPEC: Spec = {
    **NETNS,
    "name": {"type": "str", "required": True},
    "type": {"type": "str", "choices": list(NETNS_LINK_TYPES)},
    "device": {"type": "str"},
    "link": {"type": "str"},
    "link_netns": {"type": "str"},
    **_PORT,
    "mode": {
        "type": "str",
        "choices": ["bridge", "private", "vepa", "passthru", "l2", "l3", "l3s"],
    },
    "flags": {"type": "str", "choices": ["bridge", "private", "vepa"]},
    "id": {"type": "int"},
    "protocol": {"type": "str", "choices": ["802.1Q", "802.1ad"]},
    "remote": {"type": "str"},
    "group": {"type": "str"},
    "local": {"type": "str"},
    "dstport": {"type": "int"},
    "vxlan_learning": {"type": "bool"},
    "ttl": {"type": "int"},
    "user": {"type": "str"},
    "multi_queue": {"type": "bool"},
    "vnet_hdr": {"type": "bool"},
    "pi": {"type": "bool"},
    "table": {"type": "int"},
    "private_key": _KEY,
    "private_key_file": _KEY_FILE,
    "listen_port": {"type": "int"},
    "fwmark": {"type": "int"},
    "peers": {"type": "list", "elements": "dict", "options": PEER_SPEC},
    "force": {"type": "bool", "default": False},
}

NEXTHOP_SPEC: Spec = {
    "gateway": {"type": "str"},
    "device": {"type": "str"},
    "weight": {"type": "int", "default": 1},
    "onlink": {"type": "bool", "default": False},
}

NETNS_ROUTE_SPEC: Spec = {
    **NETNS,
    "destination": {"type": "str", "required": True},
    "gateway": {"type": "str"},
    "device": {"type": "str"},
    "metric": {"type": "int"},
    "table": {"type": "int", "default": 254},
    "source": {"type": "str"},
    "scope": {"type": "str", "choices": ["global", "site", "link", "host"]},
    "type": {
        "type": "str",
        "choices": ["unicast", "blackhole", "unreachable", "prohibit"],
        "default": "unicast",
    },
    "onlink": {"type": "bool"},
    "mtu": {"type": "int"},
    "nexthops": {"type": "list", "elements": "dict", "options": NEXTHOP_SPEC},
    "force": {"type": "bool", "default": False},
}

MASQUERADE_SPEC: Spec = {
    **NETNS,
    "source": {"type": "list", "elements": "str", "required": True},
    "out_interface": {"type": "str"},
    "destination_except": {"type": "list", "elements": "str"},
    "to_source": {"type": "str"},
    **BACKEND,
    **INTEGRATE,
}

DNAT_SPEC: Spec = {
    **NETNS,
    "protocol": {"type": "str", "choices": ["tcp", "udp", "sctp"], "default": "tcp"},
    "destination_port": {"type": "str", "required": True},
    "to_destination": {"type": "str"},
    "in_interface": {"type": "str"},
    "destination": {"type": "str"},
    "source": {"type": "list", "elements": "str"},
    "hairpin": {"type": "bool", "default": False},
    "from_host": {"type": "bool", "default": True},
    "force": {"type": "bool", "default": False},
    **BACKEND,
    **INTEGRATE,
}

ITEM_SPECS: Dict[str, Spec] = {
    "netns": NETNS_SPEC,
    "linux_bridge": LINUX_BRIDGE_SPEC,
    "veth": VETH_SPEC,
    "netns_link": NETNS_LINK_SPEC,
    "netns_route": NETNS_ROUTE_SPEC,
    "masquerade": MASQUERADE_SPEC,
    "dnat": DNAT_SPEC,
}
"""The resources, by the name of their module, in the order in which they are made."""

ITEMS_SPEC: Spec = {
    name: {"type": "list", "elements": "dict", "options": spec} for name, spec in ITEM_SPECS.items()
}
"""What a topology lists."""

PROBE_OPTIONS_SPEC: Spec = {
    "protocol": {"type": "str", "choices": list(PROTOCOLS)},
    "port": {"type": "int"},
    "family": {"type": "str", "choices": ["ipv4", "ipv6"]},
    "expect": {"type": "str", "choices": ["reachable", "unreachable"], "default": "reachable"},
    "count": {"type": "int", "default": 1},
    "timeout": {"type": "float", "default": 1.25},
    "path_mtu": {"type": "bool", "default": False},
    "listen": {"type": "bool", "default": False},
    "payload": {"type": "str"},
    "answer": {"type": "str"},
    "path": {"type": "str"},
    "host": {"type": "str"},
    "status": {"type": "list", "elements": "int"},
    "query": {"type": "str"},
    "record": {"type": "str", "choices": list(DNS_RECORD_TYPES)},
}
"""How a probe asks, whoever asks whom."""

PROBE_SPEC: Spec = {
    "name": {"type": "str"},
    **NETNS,
    "to": {"type": "str", "required": True},
    "source": {"type": "str"},
    "interface": {"type": "str"},
    **PROBE_OPTIONS_SPEC,
    "listen_at": {
        "type": "dict",
        "options": {**NETNS, "address": {"type": "str"}, "port": {"type": "int"}},
    },
}

MATRIX_SPEC: Spec = {
    "netns": {"type": "list", "elements": "str"},
    "lab": {"type": "str"},
    "with_host": {"type": "bool", "default": False},
    **PROBE_OPTIONS_SPEC,
}

PROBES: Spec = {"probes": {"type": "list", "elements": "dict", "options": PROBE_SPEC}}

RANGE_SPEC: Spec = {
    "first": {"type": "int", "default": 1},
    "count": {"type": "int", "required": True},
    **{name: {"type": "list", "elements": "dict"} for name in (*ITEM_SPECS, *PROBES)},
}
"""The same lists as patterns, which have no other form until they are filled in."""

TOPOLOGY_SPEC: Spec = {
    # Required, but it may stand in the file of src.
    "name": {"type": "str"},
    **ITEMS_SPEC,
    "range": {"type": "list", "elements": "dict", "options": RANGE_SPEC},
    **BACKEND,
    **INTEGRATE,
    "purge": {"type": "bool", "default": False},
    "isolate": {"type": "bool", "default": True},
    **PROBES,
    "rollback_on": {
        "type": "list",
        "elements": "str",
        "choices": ["error", "probe"],
        "default": ["error", "probe"],
    },
    "src": {"type": "path"},
    "remote_src": {"type": "bool", "default": False},
}

SUBSETS = ("links", "routes", "neighbours", "nat", "processes", "sysctls")

NETNS_INFO_SPEC: Spec = {
    "netns": {"type": "list", "elements": "str"},
    "gather_subset": {
        "type": "list",
        "elements": "str",
        "choices": ["all", *SUBSETS],
        "default": ["all"],
    },
}

NETNS_DOCTOR_SPEC: Spec = {
    # The options of TOPOLOGY_SPEC, by which it is checked; documented there.
    "topology": {"type": "dict"},
}

NETNS_PROBE_SPEC: Spec = {
    **PROBES,
    "matrix": {"type": "dict", "options": MATRIX_SPEC},
    "fail_on_unexpected": {"type": "bool", "default": True},
}
SECRETS = frozenset(
    name
    for spec in (NETNS_LINK_SPEC, PEER_SPEC)
    for name, option in spec.items()
    if option.get("no_log")
)
"""Options whose values nobody may see."""

ONE_STRING_WILL_DO = ("source", "destination_except")
"""Lists that are so often of one item that a plain string is taken for it."""

INTEGER_WILL_DO = ("destination_port", "vlans", "rate", "user", "group")
"""Strings that are so often a number that an integer is taken for it."""

NUMBER_WILL_DO = ("loss", "corrupt", "duplicate", "reorder")
"""Shares of a hundred, of which any number is taken for as many percent."""
