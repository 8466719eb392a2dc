# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only links of one kind have, in the words of iproute2 and wg."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import shlex
from typing import Any, Dict, List, Optional

from .._model.bridge_vlans import PortVlans, format_ranges, vlan_changes
from .._model.impairments import HANDLES, Impairment, format_options
from .._model.link_options import LinkOptions, Peer, TunOptions, WireguardOptions
from .._model.links import Link
from .._model.tc_units import format_rate
from .._model.wireguard_keys import Key
from .._model.wireguard_peers import differing_peers

_WORDS = {"stp": "stp_state"}
_HUNDREDTHS = ("forward_delay", "hello_time", "max_age", "ageing_time")


def type_options(kind: str, options: Optional[LinkOptions], old: Optional[LinkOptions]) -> str:
    """Behind ``type KIND``: what differs."""
    words = ""
    for name, value in vars(options).items() if options is not None else ():
        if value is not None and value != getattr(old, name, None):
            words += f" {_option_words(kind, name, value)}"
    return words


def _option_words(kind: str, name: str, value: Any) -> str:
    if kind == "ipvlan" and name == "flags":
        return str(value)
    if kind == "vxlan" and name == "learning":
        return "learning" if value else "nolearning"
    if kind == "vxlan" and name == "remote":
        return f"{'group' if ipaddress.ip_address(value).is_multicast else 'remote'} {value}"
    if kind == "vxlan" and name == "ttl" and not value:
        return "ttl auto"
    return f"{_WORDS.get(name, name)} {value * 100 if name in _HUNDREDTHS else value if isinstance(value, str) else int(value)}"


def tuntap(link: Link, options: TunOptions) -> str:
    """Behind ``ip``: what makes a tap or a tun."""
    words = f"tuntap add dev {link.name} mode {options.mode}"
    words += "".join(
        f" {name} {value}"
        for name, value in (("user", options.user), ("group", options.group))
        if value is not None
    )
    switches: Dict[str, Optional[bool]] = {
        "pi": options.pi,
        "vnet_hdr": options.vnet_hdr,
        "multi_queue": options.multi_queue,
    }
    return words + "".join(f" {name}" for name, on in switches.items() if on)


def wg(link: Link, before: Optional[LinkOptions], after: WireguardOptions) -> List[str]:
    """What sets the options of a wireguard. No command shows a key: each is read from a file, which has to be there."""
    old = before if isinstance(before, WireguardOptions) else WireguardOptions()
    words = ""
    if after.private_key is not None and after.private_key != old.private_key:
        words += f" private-key {_path(after.private_key, link.name)}"
    if after.listen_port is not None and after.listen_port != old.listen_port:
        words += f" listen-port {after.listen_port}"
    if after.fwmark is not None and after.fwmark != old.fwmark:
        words += f" fwmark {after.fwmark}"
    for peer, gone in differing_peers(old, after):
        words += f" peer {peer.public_key}{' remove' if gone else _peer_words(peer, link)}"
    return [f"wg set {link.name}{words}"] if words else []


def _peer_words(peer: Peer, link: Link) -> str:
    words = (
        ""
        if peer.preshared_key is None
        else f" preshared-key {_path(peer.preshared_key, f'{link.name}-{_short(peer)}')}"
    )
    words += f" endpoint {peer.endpoint}" if peer.endpoint else ""
    words += (
        f" persistent-keepalive {peer.persistent_keepalive}"
        if peer.persistent_keepalive is not None
        else ""
    )
    return words + f" allowed-ips {','.join(peer.allowed_ips or ())}" if peer.allowed_ips else words


def _short(peer: Peer) -> str:
    """A peer's key as a part of a file's name."""
    return hashlib.sha256(base64.b64decode(peer.public_key)).hexdigest()[:8]


def _path(key: Key, name: str) -> str:
    return shlex.quote(key.path) if key.path else f"/etc/wireguard/{name}.key"


def _netem_words(before: Optional[Impairment], after: Impairment) -> List[str]:
    said = format_options(after)
    words = (
        ["delay", said["delay"], *([said["jitter"]] if "jitter" in said else [])]
        if "delay" in said
        else []
    )
    for name in ("loss", "corrupt", "duplicate", "reorder", "rate"):
        if name in said:
            words += [name, said[name]]
        elif (
            before is not None and getattr(before, name) and name in ("corrupt", "reorder", "rate")
        ):
            # tc leaves these as they were unless they are named.
            words += [name, {"rate": "0bit"}.get(name, "0%")]
    return [*words, "limit", str(after.limit)]


def tc_words(before: Optional[Impairment], after: Impairment) -> str:
    """What ``tc qdisc replace dev LINK`` takes to put this into the place of that."""
    words = _netem_words(before if before and before.kind == "netem" else None, after)
    if after.kind == "tbf":
        words = [
            "rate",
            format_rate(after.rate),
            "burst",
            str(after.burst),
            "limit",
            str(after.queue),
        ]
    return " ".join([f"root handle {HANDLES[after.kind]:x}: {after.kind}", *words])


def bridge_words(before: PortVlans, after: PortVlans, tool: str) -> List[str]:
    """The ``bridge vlan`` commands that bring a port from one to the other."""
    tagged, gone, access = vlan_changes(before, after)
    lines = [f"{tool} vlan add dev {after.link} vid {text}" for text in format_ranges(tagged)]
    lines += (
        [] if access is None else [f"{tool} vlan add dev {after.link} vid {access} pvid untagged"]
    )
    return lines + [f"{tool} vlan del dev {after.link} vid {text}" for text in format_ranges(gone)]
