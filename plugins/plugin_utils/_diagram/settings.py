# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What decides which packets pass an interface, besides its addresses, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._params.option_types import PERCENTAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHOWN_KEY = 8
"""Letters of a public key that tell peers apart."""
_SWITCHES = {
    "vlan_filtering": "filters VLANs",
    "isolated": "isolated",
    "hairpin": "hairpin",
    "spoofchk": "source MAC checked",
}


def list_settings(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings of a link, from the options of its item of a topology."""
    return tuple(_list_settings(options))


def _list_settings(options: Mapping[str, Any]) -> Iterator[str]:
    if options.get("vlan") is not None:
        yield f"VLAN {options['vlan']}"
    if options.get("vlans"):
        yield f"VLANs {' '.join(map(str, options['vlans']))}"
    for option, text in _SWITCHES.items():
        if options.get(option):
            yield text
    impairment = options.get("impairment") or {}
    for name, value in impairment.items():
        if value is not None:
            yield f"{name} {_with_percent(name, str(value))}"
    for peer in options.get("peers") or ():
        networks = ", ".join(peer.get("allowed_ips") or ())
        name = peer.get("endpoint") or f"{peer.get('public_key') or ''}"[:_SHOWN_KEY]
        yield f"peer {name}: {networks}" if networks else f"peer {name}"


def list_switch_settings(options: Mapping[str, Any]) -> Iterator[str]:
    """The settings of a bridge of Open vSwitch that decide what it forwards, and where to."""
    if options.get("fail_mode"):
        yield f"fail mode {options['fail_mode']}"
    if options.get("controller"):
        yield f"controller {' '.join(options['controller'])}"
    for mirror in options.get("mirrors") or ():
        output = mirror["output"] or f"VLAN {mirror['output_vlan']}"
        yield f"mirror {mirror['name']} to {output}"


def _with_percent(name: str, value: str) -> str:
    return f"{value.rstrip('%')}%" if name in PERCENTAGES else value
