# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of other links: from the options of netns_link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import is_link_local
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.link_types import INHERITED_MAC, LINK_TYPES, NETNS_LINK_TYPES, OWN_MAC, PARENT_MAC
from .._model.links import Link, LinkRef, SavedSettings
from .._model.secrets import HIDDEN, SECRETS
from .._params.names import check_link_name, check_netns_name, check_optional, check_range
from .common import allowances, check_addresses, check_netns, desired_state_for
from .link_options import parse_options
from .links import parse_port, port_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._params.specs.netns_link import NetnsLinkParams, NetnsLinkTaskParams

_LOOPBACK_OPTIONS = (
    "name",
    "netns",
    "addresses",
    "purge_addresses",
    "allow_overlap",
    "mtu",
    "up",
    "force",
    "state",
)

_TYPES_OF_OPTION = {
    option: [name for name in NETNS_LINK_TYPES if option in LINK_TYPES[name].parameters]
    for name in NETNS_LINK_TYPES
    for option in LINK_TYPES[name].parameters
}


def netns_link_resources(params: NetnsLinkParams, state: str, prefix: str = "") -> list[Resource]:
    """Return a link, and what is set on it."""
    if params["name"] == "lo":
        return [_parse_loopback(params, state, prefix)]
    _check_type_options(params, prefix)
    link_type = LINK_TYPES.get(params["type"] or "")
    link = parse_port(params, None if link_type is None else link_type.kind, prefix)
    _check_link_type(link, params, prefix)
    link = replace(
        link,
        parent=_parse_parent(params, prefix),
        saved=_parse_device(link, params, prefix),
        options=parse_options(params, state, prefix),
    )
    return [link, *port_settings(link, params, prefix)]


def _check_type_options(params: NetnsLinkParams, prefix: str) -> None:
    """Refuse options that links of this type do not have."""
    values: Mapping[str, object] = params
    for option, types in sorted(_TYPES_OF_OPTION.items()):
        if values[option] is not None and params["type"] not in types:
            value = HIDDEN if option in SECRETS else values[option]
            rule = f"is only for links of type {' or '.join(types)}"
            raise Refused(f"{prefix}{option}", value, rule)


def _parse_device(link: Link, params: NetnsLinkParams, prefix: str) -> SavedSettings | None:
    """Which interface of the host a physical link in a namespace is; "" means its own name."""
    device = check_optional(check_link_name, f"{prefix}device", params["device"])
    if params["type"] == "physical" and link.netns is not None:
        return SavedSettings(device or "")
    if device is not None:
        rule = "is only for links of type physical in a namespace: their name on the host"
        raise Refused(f"{prefix}device", device, rule)
    return None


def _parse_loopback(params: NetnsLinkParams, state: str, prefix: str) -> Link:
    for option, value in params.items():
        if option not in _LOOPBACK_OPTIONS and value is not None:
            rule = "is not supported for lo, which has only addresses, mtu and up"
            raise Refused(f"{prefix}{option}", HIDDEN if option in SECRETS else value, rule)
    if params["netns"] is None:
        rule = "is required for lo: addresses of the host's lo cannot be labelled"
        raise Refused(f"{prefix}netns", None, rule)
    mtu = check_range(f"{prefix}mtu", params["mtu"], 68, 2**31 - 1)
    addresses = check_addresses(f"{prefix}addresses", params["addresses"])
    for index, text in enumerate(addresses or ()):
        if is_link_local(text):
            rule = "is a link-local address, which leads nowhere on lo"
            raise Refused(f"{prefix}addresses[{index}]", text, rule)
    if addresses is None and state == "absent":
        addresses = ()
    netns = check_netns(f"{prefix}netns", params["netns"])
    # By default it is as the namespace says.
    return Link(netns, "lo", addresses=addresses, mtu=mtu, up=None if params["up"] else False)


def _check_link_type(link: Link, params: NetnsLinkParams, prefix: str) -> None:
    """Refuse settings that links of this type cannot have."""
    name = params["type"] or ""
    link_type = LINK_TYPES.get(name)
    if link_type is None:
        return
    _check_mac(link, params, name, prefix)
    if link.bridge is not None and not link_type.port:
        raise Refused(f"{prefix}bridge", link.bridge, f"links of type {name} cannot be its ports")
    if link.arp is not None and link_type.arp is None:
        raise Refused(
            f"{prefix}arp", link.arp, f"is determined by the mode of links of type {name}"
        )
    if name == "vrf" and link.vrf is not None:
        raise Refused(f"{prefix}vrf", link.vrf, "a VRF cannot be in another VRF")
    if link.link_local and not link_type.link_local:
        rule = f"the kernel assigns no link-local address to links of type {name}; use addresses"
        raise Refused(f"{prefix}link_local", True, rule)


def _check_mac(link: Link, params: NetnsLinkParams, name: str, prefix: str) -> None:
    if link.mac is None:
        return
    if name == "macvlan" and params["mode"] == "passthru":
        rule = "a link of type macvlan with mode passthru has the MAC address of its parent link"
        raise Refused(f"{prefix}mac", link.mac, rule)
    source = LINK_TYPES[name].mac
    if source not in (OWN_MAC, INHERITED_MAC):
        has = "the MAC address of its parent link" if source == PARENT_MAC else "no MAC address"
        raise Refused(f"{prefix}mac", link.mac, f"a link of type {name} has {has}")


def _parse_parent(params: NetnsLinkParams, prefix: str) -> LinkRef | None:
    """Return the parent link, with "" as its name if only the namespace is given.

    None if neither is given: an existing link keeps its parent.
    """
    netns = check_optional(check_netns_name, f"{prefix}link_netns", params["link_netns"])
    link = check_optional(check_link_name, f"{prefix}link", params["link"])
    if link is None and netns is None:
        return None
    if link is not None and (netns, link) == (params["netns"], params["name"]):
        raise Refused(f"{prefix}link", link, "a link cannot be its own parent")
    return (netns, link or "")


def parse_netns_link(params: NetnsLinkTaskParams) -> DesiredState:
    """Return the desired state of a task of the module netns_link."""
    resources = netns_link_resources(params, params["state"])
    return desired_state_for(params["state"], resources, allowances(params, resources[0]))
