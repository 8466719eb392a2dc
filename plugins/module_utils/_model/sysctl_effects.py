# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel sets along with a kernel parameter that is written. Pure.

Measured with Linux 6.1 and 6.18. Sources: inet_forward_change and devinet_conf_proc in
net/ipv4/devinet.c, and the handlers of addrconf_sysctl in net/ipv6/addrconf.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

IP_FORWARD = "net/ipv4/ip_forward"
_ALL_FORWARDING = "net/ipv4/conf/all/forwarding"
_ALL_REDIRECTS = "net/ipv4/conf/all/accept_redirects"
_OF_ALL_IPV6_LINKS = frozenset(
    "forwarding disable_ipv6 addr_gen_mode force_forwarding ignore_routes_with_linkdown".split()
)
_SAME_IN_OTHER_UNITS = {
    "base_reachable_time": "base_reachable_time_ms",
    "retrans_time": "retrans_time_ms",
    "unres_qlen": "unres_qlen_bytes",
}
"""Parameters of neighbours that are one parameter of the kernel in two units."""


def other_name(key_path: str) -> str | None:
    """The other name of the same parameter, in the same unit."""
    return {IP_FORWARD: _ALL_FORWARDING, _ALL_FORWARDING: IP_FORWARD}.get(key_path)


def name_in_other_unit(key_path: str) -> str | None:
    """The name of the same parameter in its finer unit."""
    head, _slash, parameter = key_path.rpartition("/")
    finer = _SAME_IN_OTHER_UNITS.get(parameter)
    return f"{head}/{finer}" if finer and "/neigh/" in key_path else None


def write_order(key_path: str) -> int:
    """The rank of a parameter among those that are written: ``all`` sets ``default`` and links."""
    if key_path == IP_FORWARD:
        return 0
    _head, name, _parameter = _split(key_path)
    if name == "all":
        return 1 if key_path == _ALL_REDIRECTS else 0
    return 1 if name == "default" else 2


def keys_of_links(key_path: str, names: Iterable[str]) -> list[str]:
    """The parameters of links, and of new ones, that go with one of ``all`` or ``default``."""
    if key_path == IP_FORWARD:
        key_path = _ALL_FORWARDING
    head, name, parameter = _split(key_path)
    if name not in ("all", "default"):
        return []
    return [f"{head}/{other}/{parameter}" for other in ("default", *names)]


def value_set_along(key_path: str, value: str, other: str) -> str | None:
    """The value that the kernel gives to another parameter when one is changed.

    None if it leaves that alone. In IPv4 links that were never written follow ``default``, so they
    may follow.
    """
    if other == key_path:
        return None
    if other == other_name(key_path):
        return value
    if key_path == IP_FORWARD:
        key_path = _ALL_FORWARDING
    if key_path == _ALL_FORWARDING and other == _ALL_REDIRECTS:
        return "1" if value == "0" else "0"
    head, name, parameter = _split(key_path)
    other_head, other_link, other_parameter = _split(other)
    if (head, parameter) != (other_head, other_parameter) or other_link in ("", "all"):
        return None
    if name == "all" and (key_path == _ALL_FORWARDING or _is_of_all_ipv6_links(head, parameter)):
        return value
    if name == "default" and head == "net/ipv4/conf" and parameter != "forwarding":
        return value
    return None


def is_ipv6_mtu(key_path: str) -> bool:
    """Whether a parameter is the IPv6 MTU of a link.

    The kernel makes it the MTU of the link again when that is set up, gets its carrier, or has
    another MTU (addrconf_notify() in net/ipv6/addrconf.c).
    """
    head, link, parameter = _split(key_path)
    return (head, parameter) == ("net/ipv6/conf", "mtu") and link not in ("all", "default")


def _is_of_all_ipv6_links(head: str, parameter: str) -> bool:
    return head == "net/ipv6/conf" and parameter in _OF_ALL_IPV6_LINKS


def _split(key_path: str) -> tuple[str, str, str]:
    """(net/FAMILY/conf, link, parameter); the link is ``""`` for any other parameter."""
    parts = key_path.split("/")
    if len(parts) != 5 or parts[2] != "conf":
        return key_path, "", ""
    return "/".join(parts[:3]), parts[3], parts[4]
