# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that links of only one type have, by the name of the type."""

from __future__ import annotations

import grp
import ipaddress
import pwd
from typing import TYPE_CHECKING, Callable

from .._model import link_options
from .._model.errors import Refused
from .._params.addresses import check_address, check_gateway
from .._params.names import check_optional, check_range

if TYPE_CHECKING:
    from .._params.specs.netns_link import NetnsLinkParams

_MODES = {"macvlan": ("bridge", "private", "vepa", "passthru"), "ipvlan": ("l2", "l3", "l3s")}


def parse_options(
    params: NetnsLinkParams, state: str, prefix: str
) -> link_options.LinkOptions | None:
    """Return the options of the link's type.

    For a link that is to be removed, no key file is read and no user is looked up: they may
    have been removed before.
    """
    name = params["type"] or ""
    if state == "absent" and name in ("tap", "tun"):
        return link_options.TunOptions(name)
    if name not in OPTION_PARSERS or (state == "absent" and name == "wireguard"):
        return None
    return OPTION_PARSERS[name](params, prefix)


def _parse_macvlan(params: NetnsLinkParams, prefix: str) -> link_options.LinkOptions:
    return link_options.MacvlanOptions(_parse_mode(params, prefix))


def _parse_ipvlan(params: NetnsLinkParams, prefix: str) -> link_options.LinkOptions:
    return link_options.IpvlanOptions(_parse_mode(params, prefix), params["flags"])


def _parse_mode(params: NetnsLinkParams, prefix: str) -> str | None:
    modes = _MODES[params["type"] or ""]
    if params["mode"] is not None and params["mode"] not in modes:
        rule = f"is not a mode of links of type {params['type']}: {', '.join(modes)}"
        raise Refused(f"{prefix}mode", params["mode"], rule)
    return params["mode"]


def _parse_vlan(params: NetnsLinkParams, prefix: str) -> link_options.LinkOptions:
    return link_options.VlanOptions(
        check_range(f"{prefix}id", params["id"], 1, 4094), params["protocol"]
    )


def _parse_vxlan(params: NetnsLinkParams, prefix: str) -> link_options.LinkOptions:
    remote = check_optional(check_gateway, f"{prefix}remote", params["remote"])
    group = check_optional(check_address, f"{prefix}group", params["group"])
    local = check_optional(check_gateway, f"{prefix}local", params["local"])
    if group is not None:
        _check_group(params, group, prefix)
    remote = remote or group
    if remote is not None and local is not None and (":" in remote) != (":" in local):
        raise Refused(f"{prefix}local", local, f"is not of the address family of {remote}")
    return link_options.VxlanOptions(
        check_range(f"{prefix}id", params["id"], 0, 2**24 - 1),
        remote,
        local,
        check_range(f"{prefix}dstport", params["dstport"], 1, 65535),
        params["vxlan_learning"],
        check_range(f"{prefix}ttl", params["ttl"], 0, 255),
    )


def _check_group(params: NetnsLinkParams, group: str, prefix: str) -> None:
    if not ipaddress.ip_address(group).is_multicast:
        rule = "is not a multicast address; use remote for the address of a single host"
        raise Refused(f"{prefix}group", group, rule)
    if params["link"] is None:
        rule = "needs link: the interface from which the multicast group is reached"
        raise Refused(f"{prefix}group", group, rule)


def _parse_tun(params: NetnsLinkParams, prefix: str) -> link_options.LinkOptions:
    return link_options.TunOptions(
        params["type"],
        _find_id(f"{prefix}user", params["user"], lambda name: pwd.getpwnam(name).pw_uid),
        _find_id(f"{prefix}group", params["group"], lambda name: grp.getgrnam(name).gr_gid),
        params["multi_queue"],
        params["vnet_hdr"],
        params["pi"],
    )


def _find_id(parameter: str, value: str | None, look_up: Callable[[str], int]) -> int | None:
    """Return the number of a user or group of the host, which is given by name or number."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return check_range(parameter, int(value), 0, 2**31 - 1)
    try:
        return look_up(value)
    except (KeyError, ValueError):
        noun = parameter.rpartition(".")[2]
        raise Refused(parameter, value, f"is not a {noun} of the managed host") from None


def _parse_vrf(params: NetnsLinkParams, prefix: str) -> link_options.LinkOptions:
    return link_options.VrfOptions(check_range(f"{prefix}table", params["table"], 1, 2**32 - 1))


def _parse_wireguard(params: NetnsLinkParams, prefix: str) -> link_options.LinkOptions:
    from .wireguard import parse_wireguard  # the only type that needs base64 and key files

    return parse_wireguard(params, prefix)


OPTION_PARSERS: dict[str, Callable[[NetnsLinkParams, str], link_options.LinkOptions]] = {
    "ipvlan": _parse_ipvlan,
    "macvlan": _parse_macvlan,
    "tap": _parse_tun,
    "tun": _parse_tun,
    "vlan": _parse_vlan,
    "vrf": _parse_vrf,
    "vxlan": _parse_vxlan,
    "wireguard": _parse_wireguard,
}
