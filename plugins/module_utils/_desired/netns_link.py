# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns the parameters of ``netns_link`` into a wanted link."""

from __future__ import annotations

import grp
import ipaddress
import pwd
from typing import Any, Callable, Dict, List, Optional, Tuple

from .._model.changes import Resource
from .._model.desired_state import DesiredState
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.link_options import (
    IpvlanOptions,
    LinkOptions,
    MacvlanOptions,
    Peer,
    TunOptions,
    VlanOptions,
    VrfOptions,
    VxlanOptions,
    WireguardOptions,
)
from .._model.link_types import LINK_TYPES
from .._model.links import Link, SavedSettings
from .._model.wireguard_keys import Key, clamp
from .._params.argspec import SECRETS
from .._params.validators import (
    check_address,
    check_endpoint,
    check_gateway,
    check_link_name,
    check_netns_name,
    check_network,
    check_range,
)
from .._params.wireguard_keys import check_key, read_key_file
from .common import (
    Params,
    allowances,
    check_addresses,
    check_netns,
    check_unique,
    desired_state_for,
)
from .link_settings import settings_resources
from .links import port_of

_KINDS = {"tap": "tun", "physical": None}
"""What the kernel calls a type differently; a physical link is of any kind."""

_OF_TYPE: Dict[Optional[str], Tuple[str, ...]] = {
    "physical": ("device",),
    "ipvlan": ("link", "link_netns", "mode", "flags"),
    "macvlan": ("link", "link_netns", "mode"),
    "tap": ("user", "group", "multi_queue", "vnet_hdr", "pi"),
    "tun": ("user", "group", "multi_queue", "vnet_hdr", "pi"),
    "vlan": ("link", "link_netns", "id", "protocol"),
    "vrf": ("table",),
    "vxlan": (
        "link",
        "link_netns",
        "id",
        "remote",
        "group",
        "local",
        "dstport",
        "vxlan_learning",
        "ttl",
    ),
    "wireguard": (
        "link_netns",
        "private_key",
        "private_key_file",
        "listen_port",
        "fwmark",
        "peers",
    ),
}
_OF_SOME = frozenset(option for options in _OF_TYPE.values() for option in options)
_OF_LO = ("name", "netns", "addresses", "mtu", "state", "up", "force")

_VLAN_IDS = (1, 4094)
_VNIS = (0, 2**24 - 1)
_PORTS = (1, 65535)
_MODES = {"macvlan": ("bridge", "private", "vepa", "passthru"), "ipvlan": ("l2", "l3", "l3s")}


def netns_link_resources(params: Params, prefix: str = "") -> List[Resource]:
    """One link."""
    if params["name"] == "lo":
        return [_loopback_of(params, prefix)]
    kind = params["type"]
    for option in sorted(_OF_SOME - set(_OF_TYPE.get(kind, ()))):
        if params[option] is not None:
            owners = " or ".join(
                one or "" for one, options in _OF_TYPE.items() if option in options
            )
            raise Refused(
                f"{prefix}{option}",
                "(hidden)" if option in SECRETS else params[option],
                f"is for links of type {owners}",
            )
    link = port_of(params, _KINDS.get(kind, kind), prefix)
    _check_link_type(link, params, prefix)
    home = None
    if kind == "physical" and link.netns is not None:
        home = SavedSettings(
            "" if params["device"] is None else check_link_name(f"{prefix}device", params["device"])
        )
    elif params["device"] is not None:
        raise Refused(
            f"{prefix}device",
            params["device"],
            "is its name on the host before it comes into a namespace, which netns has to name",
        )
    options = _options_of(params, prefix)
    return [
        replace(link, parent=_parent_of(params, prefix), saved=home, options=options),
        *settings_resources(link, params, prefix),
    ]


def _options_of(params: Params, prefix: str) -> Optional[LinkOptions]:
    """What only its type has. For a link that shall go no file is read, and nobody sought: they may have gone before."""
    kind = params["type"]
    if params.get("state") == "absent" and kind in ("tap", "tun", "wireguard"):
        return None if kind == "wireguard" else TunOptions(kind)
    return _READERS[kind](params, prefix) if kind in _READERS else None


def _loopback_of(params: Params, prefix: str) -> Link:
    for option, value in params.items():
        if option not in _OF_LO and value is not None:
            raise Refused(
                f"{prefix}{option}", value, "is not for lo, which has addresses and an MTU"
            )
    if params["netns"] is None:
        raise Refused(
            f"{prefix}netns",
            None,
            "is needed for lo: that of the host bears no mark, so nobody could take such addresses away again",
        )
    if not params["up"]:
        raise Refused(f"{prefix}up", False, "is not for lo, which is up where there is a namespace")
    mtu = check_range(f"{prefix}mtu", params["mtu"], 68, 2**31 - 1)
    addresses = check_addresses(params, prefix)
    return Link(
        check_netns(params, prefix),
        "lo",
        addresses=() if addresses is None and params.get("state") == "absent" else addresses,
        mtu=mtu,
    )


def _check_link_type(link: Link, params: Params, prefix: str) -> None:
    """What a kind cannot have."""
    kind, link_type = params["type"], LINK_TYPES.get(params["type"] or "")
    if link.mac is not None and (
        kind in ("tun", "wireguard", "ipvlan") or params["mode"] == "passthru"
    ):
        whose = "that of its link" if kind in ("ipvlan", "macvlan") else "none"
        raise Refused(
            f"{prefix}mac",
            link.mac,
            f"a link of type {kind}{' with mode passthru' if kind == 'macvlan' else ''} has {whose}",
        )
    if link.bridge is not None and link_type is not None and not link_type.port:
        raise Refused(f"{prefix}bridge", link.bridge, f"takes no link of type {kind} as a port")
    if kind == "ipvlan" and link.arp is not None:
        raise Refused(f"{prefix}arp", link.arp, "follows the mode of an ipvlan")
    if kind == "vrf" and link.vrf is not None:
        raise Refused(f"{prefix}vrf", link.vrf, "takes no other vrf")
    if kind == "wireguard" and link.link_local:
        raise Refused(
            f"{prefix}link_local",
            True,
            "the kernel gives a wireguard none; addresses are given to it",
        )


def _parent_of(params: Params, prefix: str) -> Optional[Tuple[Optional[str], str]]:
    """On which link, and in which namespace that is. Neither is given: what exists stays as it is."""
    netns = (
        None
        if params["link_netns"] is None
        else check_netns_name(f"{prefix}link_netns", params["link_netns"])
    )
    link = None if params["link"] is None else check_link_name(f"{prefix}link", params["link"])
    if link is None and netns is None:
        return None
    if link is not None and (netns, link) == (params["netns"], params["name"]):
        raise Refused(f"{prefix}link", link, "is this very link, which cannot sit on itself")
    return (netns, link or "")


def _read_macvlan(params: Params, prefix: str) -> LinkOptions:
    return MacvlanOptions(_mode_of(params, prefix))


def _read_ipvlan(params: Params, prefix: str) -> LinkOptions:
    return IpvlanOptions(_mode_of(params, prefix), params["flags"])


def _mode_of(params: Params, prefix: str) -> Optional[str]:
    known = _MODES[params["type"]]
    if params["mode"] not in (None, *known):
        raise Refused(
            f"{prefix}mode",
            params["mode"],
            f"is no mode of {params['type']}; there are {', '.join(known)}",
        )
    mode: Optional[str] = params["mode"]
    return mode


def _read_vlan(params: Params, prefix: str) -> LinkOptions:
    return VlanOptions(check_range(f"{prefix}id", params["id"], *_VLAN_IDS), params["protocol"])


def _read_vxlan(params: Params, prefix: str) -> LinkOptions:
    checks = (("remote", check_gateway), ("group", check_address), ("local", check_gateway))
    remote, group, local = (
        None if params[option] is None else checked(f"{prefix}{option}", params[option])
        for option, checked in checks
    )
    if group is not None and not ipaddress.ip_address(group).is_multicast:
        raise Refused(
            f"{prefix}group", group, "is not a multicast address; one neighbour is named by remote"
        )
    if group is not None and remote is not None:
        raise Refused(
            f"{prefix}group",
            group,
            "excludes remote: frames to whom nobody knows go to the one or to the other",
        )
    if group is not None and params["link"] is None:
        raise Refused(
            f"{prefix}group", group, "needs link, the interface by which the group is reached"
        )
    others = [text for text in (remote or group, local) if text]
    if len({":" in text for text in others}) > 1:
        raise Refused(f"{prefix}local", local, f"is not of the family of {others[0]}")
    return VxlanOptions(
        check_range(f"{prefix}id", params["id"], *_VNIS),
        remote or group,
        local,
        check_range(f"{prefix}dstport", params["dstport"], *_PORTS),
        params["vxlan_learning"],
        check_range(f"{prefix}ttl", params["ttl"], 0, 255),
    )


def _read_tun(params: Params, prefix: str) -> LinkOptions:
    user = _number_of(f"{prefix}user", params["user"], lambda name: pwd.getpwnam(name).pw_uid)
    group = _number_of(f"{prefix}group", params["group"], lambda name: grp.getgrnam(name).gr_gid)
    return TunOptions(
        params["type"], user, group, params["multi_queue"], params["vnet_hdr"], params["pi"]
    )


def _number_of(parameter: str, value: Optional[str], find: Callable[[str], int]) -> Optional[int]:
    """A user or a group of this host, by its name or number."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return check_range(parameter, int(value), 0, 2**31 - 1)
    try:
        return find(value)
    except (KeyError, ValueError):
        raise Refused(
            parameter, value, f"there is no such {parameter.rpartition('.')[2]} on this host"
        ) from None


def _read_vrf(params: Params, prefix: str) -> LinkOptions:
    return VrfOptions(check_range(f"{prefix}table", params["table"], 1, 2**32 - 1))


def _key_of(params: Params, name: str, prefix: str) -> Optional[Key]:
    """A key that is given, or the file that has it."""
    given, path = params[name], params[f"{name}_file"]
    if given is not None and path is not None:
        raise Refused(f"{prefix}{name}_file", path, f"excludes {name}")
    if given is not None:
        return Key(check_key(f"{prefix}{name}", given, shown="(hidden)"))
    return None if path is None else read_key_file(f"{prefix}{name}_file", path)


def _read_peer(params: Params, prefix: str) -> Peer:
    networks = params["allowed_ips"]
    if networks is not None:
        networks = tuple(
            sorted(
                check_unique(
                    f"{prefix}allowed_ips",
                    [
                        check_network(f"{prefix}allowed_ips[{i}]", text)
                        for i, text in enumerate(networks)
                    ],
                )
            )
        )
    endpoint = (
        None
        if params["endpoint"] is None
        else check_endpoint(f"{prefix}endpoint", params["endpoint"])
    )
    keepalive = check_range(
        f"{prefix}persistent_keepalive", params["persistent_keepalive"], 0, 65535
    )
    return Peer(
        check_key(f"{prefix}public_key", params["public_key"]),
        endpoint,
        networks,
        keepalive,
        _key_of(params, "preshared_key", prefix),
    )


def _read_wireguard(params: Params, prefix: str) -> LinkOptions:
    peers: Any = params["peers"]
    if peers is not None:
        peers = [_read_peer(peer, f"{prefix}peers[{index}].") for index, peer in enumerate(peers)]
        check_unique(f"{prefix}peers", [peer.public_key for peer in peers])
        networks: Dict[str, int] = {}
        for index, peer in enumerate(peers):
            for network in peer.allowed_ips or ():
                if networks.setdefault(network, index) != index:
                    other = f"{prefix}peers[{networks[network]}]"
                    raise Refused(
                        f"{prefix}peers[{index}].allowed_ips",
                        network,
                        f"is that of {other} already, and leads to one of them only",
                    )
        peers = tuple(sorted(peers, key=lambda peer: peer.public_key))
    private = _key_of(params, "private_key", prefix)
    return WireguardOptions(
        None if private is None else clamp(private),
        check_range(f"{prefix}listen_port", params["listen_port"], 0, 65535),
        check_range(f"{prefix}fwmark", params["fwmark"], 0, 2**32 - 1),
        peers,
    )


_READERS: Dict[str, Callable[[Params, str], LinkOptions]] = {
    "ipvlan": _read_ipvlan,
    "macvlan": _read_macvlan,
    "tap": _read_tun,
    "tun": _read_tun,
    "vlan": _read_vlan,
    "vrf": _read_vrf,
    "vxlan": _read_vxlan,
    "wireguard": _read_wireguard,
}


def parse_netns_link(params: Params) -> DesiredState:
    resources = netns_link_resources(params)
    return desired_state_for(params, resources, allowances(params, resources))
