# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as two texts, before and after: what it touches, and nothing else of the host."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, Dict, List, Sequence, Tuple, cast

from .._describe.links import describe_type
from .._describe.nat import describe_nat, describe_target
from .._describe.places import describe_location, describe_netns
from .._describe.routes import describe_route
from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans, describe_vlans
from .._model.changes import Change, Resource
from .._model.impairments import Impairment, describe_impairment
from .._model.links import PORT_FLAGS, Link, Veth
from .._model.nat import ForwardingEnabled, Isolation, NatBackend, NatRule, SavedSysctl
from .._model.netns import Netns, Resolver, StaleName, Sysctl
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
            "enabled",
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


def _describe_title(resource: Resource) -> str:
    if isinstance(resource, (Netns, StaleName)):
        return f"{'stale file' if isinstance(resource, StaleName) else 'namespace'} {resource.name}"
    if isinstance(resource, Link):
        return f"{describe_type(resource) if resource.kind else 'interface'} {resource.name} {describe_location(resource.netns)}"
    if isinstance(resource, Address):
        return f"address {resource.address} of {resource.link} {describe_location(resource.netns)}"
    if isinstance(resource, Route):
        return f"route {describe_route(resource)} {describe_location(resource.netns)}"
    if isinstance(resource, Impairment):
        return f"impairment of {resource.link} {describe_location(resource.netns)}: {describe_impairment(resource)}"
    if isinstance(resource, PortVlans):
        return f"VLANs of port {resource.link} {describe_location(resource.netns)}: {describe_vlans(resource)}"
    if isinstance(resource, Sysctl):
        return f"{resource.key_path.replace('/', '.')} = {resource.value} {describe_location(resource.netns)}"
    if isinstance(resource, Resolver):
        return f"resolver of namespace {resource.netns}"
    if isinstance(resource, NatBackend):
        return f"rules by {resource.backend}{' (damaged)' if resource.damaged else ''} {describe_location(resource.netns)}"
    if isinstance(resource, ForwardingEnabled):
        return f"forwarding of IPv{resource.family} opened for {resource.interface} of {describe_netns(resource.netns)}"
    if isinstance(resource, SavedSysctl):
        return f"{resource.setting} of {resource.interface} {describe_location(resource.netns)} was on before"
    if isinstance(resource, Isolation):
        return f"isolation of {resource.interface} {describe_location(resource.netns)}"
    return f"{describe_nat(cast(NatRule, resource))} {describe_location(cast(NatRule, resource).netns)}"


def _describe_value(name: str, value: Any) -> str:
    if name in ("peer", "parent"):
        return f"{value[1] or 'no link'} {describe_location(value[0])}"
    if is_dataclass(value):
        return ", ".join(
            f"{part} {_describe_value(part, one)}"
            for part, one in vars(value).items()
            if one is not None
        )
    if isinstance(value, tuple):
        return ", ".join(_describe_value("", one) for one in value)
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _details(resource: Resource) -> List[str]:
    """One line for each attribute that the title does not tell. Of a link, what it is made with and was not asked for stays out."""
    lines: List[str] = []
    if isinstance(resource, (Impairment, PortVlans)):
        return lines
    known = (
        _IN_THE_TITLE
        if not isinstance(resource, Link)
        else _OF_A_PORT
        if resource.bridge
        else _OF_A_LINK
    )
    for name, value in vars(resource).items():
        if value is None or name in known or value in ((), ""):
            continue
        text = _describe_value(name, value)
        lines += [f"  {name}: {text}"] if text else []
    target = getattr(resource, "to_address", None)
    return lines if target is None else [f"  to: {describe_target(cast(Any, resource))}", *lines]


def _parts(resource: Any) -> List[Any]:
    if isinstance(resource, Veth):
        return [resource.end, resource.peer]
    return [] if resource is None else [resource]


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
        for resource in _parts(change.before):
            # What a namespace is born with comes and goes with it.
            first.setdefault(
                resource.key, None if getattr(resource, "netns", None) in made else resource
            )
            last[resource.key] = None
        for resource in _parts(change.after):
            first.setdefault(resource.key, None)
            last[resource.key] = None if getattr(resource, "netns", None) in gone else resource
    return {name: _compose(resources) for name, resources in (("before", first), ("after", last))}


def _compose(resources: Dict[Tuple[Any, ...], Any]) -> str:
    lines: List[str] = []
    for resource in resources.values():
        if resource is not None:
            lines += [_describe_title(resource), *_details(resource)]
    return "".join(line + "\n" for line in lines)
