# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as two texts, before and after: what it touches, and nothing else of the host."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, Dict, List, Sequence, Tuple, cast

from .._describe.links import say_type
from .._describe.nat import say_nat, say_target
from .._describe.places import say_netns, say_where
from .._describe.routes import say_route
from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans, say_vlans
from .._model.changes import Change, Thing
from .._model.impairments import Impairment, say_impairment
from .._model.links import PORT_FLAGS, Link, Veth
from .._model.nat import Isolated, Kept, NatBackend, Opened, Rule
from .._model.netns import Netns, Resolver, Stale, Sysctl
from .._model.routes import Route

_IN_THE_TITLE = frozenset(
    (
        *(
            "netns",
            "name",
            "link",
            "address",
            "key_path",
            "value",
            "family",
            "interface",
            "setting",
            "firewall",
            "on",
        ),
        *(
            "destination",
            "gateway",
            "device",
            "metric",
            "table",
            "type",
            "source",
            "ports",
            "to_address",
            "to_ports",
        ),
    )
)
_OF_A_PORT = _IN_THE_TITLE | {"kind", "addresses"}
_OF_A_LINK = _OF_A_PORT | PORT_FLAGS.keys()


def _title(thing: Thing) -> str:
    if isinstance(thing, (Netns, Stale)):
        return f"{'stale file' if isinstance(thing, Stale) else 'namespace'} {thing.name}"
    if isinstance(thing, Link):
        return f"{say_type(thing) if thing.kind else 'interface'} {thing.name} {say_where(thing.netns)}"
    if isinstance(thing, Address):
        return f"address {thing.address} of {thing.link} {say_where(thing.netns)}"
    if isinstance(thing, Route):
        return f"route {say_route(thing)} {say_where(thing.netns)}"
    if isinstance(thing, Impairment):
        return f"impairment of {thing.link} {say_where(thing.netns)}: {say_impairment(thing)}"
    if isinstance(thing, PortVlans):
        return f"VLANs of port {thing.link} {say_where(thing.netns)}: {say_vlans(thing)}"
    if isinstance(thing, Sysctl):
        return f"{thing.key_path.replace('/', '.')} = {thing.value} {say_where(thing.netns)}"
    if isinstance(thing, Resolver):
        return f"resolver of namespace {thing.netns}"
    if isinstance(thing, NatBackend):
        return f"rules by {thing.backend}{' (damaged)' if thing.damaged else ''} {say_where(thing.netns)}"
    if isinstance(thing, Opened):
        return f"forwarding of IPv{thing.family} opened for {thing.interface} of {say_netns(thing.netns)}"
    if isinstance(thing, Kept):
        return f"{thing.setting} of {thing.interface} {say_where(thing.netns)} was on before"
    if isinstance(thing, Isolated):
        return f"isolation of {thing.interface} {say_where(thing.netns)}"
    return f"{say_nat(cast(Rule, thing))} {say_where(cast(Rule, thing).netns)}"


def _say_value(name: str, value: Any) -> str:
    if name in ("peer", "parent"):
        return f"{value[1] or 'no link'} {say_where(value[0])}"
    if is_dataclass(value):
        return ", ".join(
            f"{part} {_say_value(part, one)}"
            for part, one in vars(value).items()
            if one is not None
        )
    if isinstance(value, tuple):
        return ", ".join(_say_value("", one) for one in value)
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _details(thing: Thing) -> List[str]:
    """One line for each attribute that the title does not tell. Of a link, what it is made with and was not asked for stays out."""
    lines: List[str] = []
    if isinstance(thing, (Impairment, PortVlans)):
        return lines
    known = (
        _IN_THE_TITLE if not isinstance(thing, Link) else _OF_A_PORT if thing.bridge else _OF_A_LINK
    )
    for name, value in vars(thing).items():
        if value is None or name in known or value in ((), ""):
            continue
        text = _say_value(name, value)
        lines += [f"  {name}: {text}"] if text else []
    target = getattr(thing, "to_address", None)
    return lines if target is None else [f"  to: {say_target(cast(Any, thing))}", *lines]


def _parts(thing: Any) -> List[Any]:
    if isinstance(thing, Veth):
        return [thing.end, thing.peer]
    return [] if thing is None else [thing]


def compose_diff(changes: Sequence[Change]) -> Dict[str, str]:
    """Every thing that the plan touches, as it was and as it will be."""
    first: Dict[Tuple[Any, ...], Any] = {}
    last: Dict[Tuple[Any, ...], Any] = {}
    made = {change.after.name for change in changes if isinstance(change.after, Netns)}
    gone = {
        change.before.name
        for change in changes
        if change.after is None and isinstance(change.before, Netns)
    }
    for change in changes:
        for thing in _parts(change.before):
            # What a namespace is born with comes and goes with it.
            first.setdefault(thing.key, None if getattr(thing, "netns", None) in made else thing)
            last[thing.key] = None
        for thing in _parts(change.after):
            first.setdefault(thing.key, None)
            last[thing.key] = None if getattr(thing, "netns", None) in gone else thing
    return {name: _compose(things) for name, things in (("before", first), ("after", last))}


def _compose(things: Dict[Tuple[Any, ...], Any]) -> str:
    lines: List[str] = []
    for thing in things.values():
        if thing is not None:
            lines += [_title(thing), *_details(thing)]
    return "".join(line + "\n" for line in lines)
