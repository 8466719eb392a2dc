# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules, in words."""

from __future__ import annotations

from typing import Tuple

from .._model.nat import Admitted, Dnat, Guarded, Masquerade, NatThing, Opened
from .places import say_netns


def say_nat(thing: NatThing) -> str:
    """A rule, in words."""
    if isinstance(thing, Masquerade):
        return f"masquerade of {thing.source}" + (
            f" out of {thing.out_interface}" if thing.out_interface else ""
        )
    if isinstance(thing, Dnat):
        return f"forward of {thing.protocol} port {say_ports(thing.ports)}" + (
            f" from {thing.in_interface}" if thing.in_interface else ""
        )
    if isinstance(thing, Opened):
        return f"forwarding of IPv{thing.family} from {thing.interface}"
    if isinstance(thing, Admitted):
        return f"passage of {thing.interface} through {thing.firewall}"
    if isinstance(thing, Guarded):
        return f"guard against spoofed frames from {thing.interface}"
    return f"isolation of {thing.interface}"


def say_ports(ports: Tuple[int, int]) -> str:
    """A port or a range, as it is typed."""
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}:{ports[1]}"


def say_target(thing: Dnat) -> str:
    """Where a forward leads, as it is typed."""
    address = f"[{thing.to_address}]" if ":" in thing.to_address else thing.to_address
    return f"{address}:{say_ports(thing.to_ports).replace(':', '-')}"


def say_forwarding_place(thing: Opened) -> str:
    """Where forwarding is opened, in words."""
    where = "all interfaces" if thing.interface == "all" else thing.interface
    return f"{where} of {say_netns(thing.netns)}"
