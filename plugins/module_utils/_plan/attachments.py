# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans attachments to networks of CNI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._describe.resources import describe_resource
from .._model.cni import CniAttachment, list_bridges
from .._model.cni_networks import (
    choose_version,
    list_capabilities,
    list_programs,
    list_takers,
    list_versions,
)
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.forwarding import FORWARDING_OFF
from .._model.netns import Sysctl
from .._model.network_policies import NetworkPolicy
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection


def plan_attachment(projection: Projection, wanted: CniAttachment) -> None:
    """Plan to attach a namespace, or to attach it anew if it is not attached as wanted.

    :raises Refused: if the namespace, the network or a plugin does not exist.
    :raises Conflict: if another topology attached it, or has such an interface.
    """
    projection.need_netns(wanted.netns, describe_resource(wanted))
    wanted = _complete(projection, wanted)
    current = projection.attachments.get(wanted.key)
    if current is not None:
        if wanted.owner and current.owner not in ("", wanted.owner):
            rule = f"{describe_resource(current)} is that of topology {current.owner}"
            raise Conflict("ifname", wanted.ifname, rule)
        wanted = replace(wanted, owner=current.owner)
        if current == wanted:
            return
    version, taken = _check_plugins(projection, wanted), _find_taken(projection, wanted)
    closed = _list_closed(projection, wanted)
    wanted = replace(wanted, version=version, taken=taken, closed_bridges=closed)
    if current is not None:
        _detach(projection, current)
    ref = (wanted.netns, wanted.ifname)
    if ref in projection.links and wanted.ifname != "lo":
        where = f"in namespace {wanted.netns}"
        rule = f"there is an interface of this name {where} already, which is no attachment of ours"
        raise Conflict("ifname", wanted.ifname, rule)
    _move_taken(projection, wanted)
    projection.add(wanted, Phase.ATTACH)
    if wanted.ifname != "lo":
        projection.attached.add(ref)


def plan_no_attachment(projection: Projection, unwanted: CniAttachment) -> None:
    """Plan to detach a namespace, if this collection attached it."""
    current = projection.attachments.get(unwanted.key)
    lab = projection.request.lab
    if current is not None and (lab is None or current.owner == lab):
        _detach(projection, current)


def detach_replaced(projection: Projection) -> None:
    """Plan to detach what is attached otherwise, before what it stands on is removed."""
    for wanted in projection.request.wanted(CniAttachment):
        current = projection.attachments.get(wanted.key)
        found = projection.current.cni_networks.get(wanted.network)
        config = wanted.config or (None if isinstance(found, Refused) else found)
        if current is None or config is None or current.owner != projection.request.owner:
            continue
        if replace(wanted, config=config, owner=current.owner) != current:
            _detach(projection, current)


def _detach(projection: Projection, attachment: CniAttachment) -> None:
    """Plan to detach a namespace. What goes with that needs no step: attaching brings it back."""
    is_removed = attachment.in_place and attachment.ifname != "lo"
    if is_removed:
        _lose_sysctls(projection, attachment)
    projection.remove(attachment, Phase.DETACH)
    if not is_removed:
        return
    link = projection.links.get((attachment.netns, attachment.ifname))
    for ref in () if link is None else (link.ref, link.peer):
        if ref is not None and ref in projection.links:
            del projection.links[ref]
            routes = projection.routes.get(ref[0], [])
            projection.routes[ref[0]] = [route for route in routes if route.device != ref[1]]


def _find_taken(projection: Projection, attachment: CniAttachment) -> tuple[str, ...]:
    """The links that plugins take from the host."""
    by_mac = {link.mac: link.name for link in projection.links.in_netns(None) if link.mac}
    found = []
    for plugin in list_takers(json.loads(attachment.config or '{"plugins": []}')):
        mac = str(plugin.get("hwaddr") or "").lower()
        found.append(str(plugin.get("device") or plugin.get("master") or by_mac.get(mac, "")))
    return tuple(found)


def _list_closed(projection: Projection, attachment: CniAttachment) -> tuple[str, ...]:
    """The bridges of the topology to which plugins attach the namespace, if it has policies."""
    owner = projection.request.owner
    rules = projection.current.rulesets.get(None)
    has_single = any(
        isinstance(rule, NetworkPolicy) and rule.single and rule.owner == owner
        for rule in (rules.resources if rules else ())
    )
    if not (projection.request.wanted(NetworkPolicy) or has_single):
        return ()
    bridges = [projection.links.get(ref) for ref, _plugin in list_bridges(attachment)]
    return tuple(link.name for link in bridges if link is not None and link.owner == owner)


def _move_taken(projection: Projection, attachment: CniAttachment) -> None:
    """Plan what the plugins do with links of the host, for a rollback to undo it.

    The plugin host-device writes the name into the alias, and a link comes back down.
    """
    for name in attachment.taken:
        link = projection.links.get((None, name))
        if link is not None:
            moved = replace(link, up=False, alias=name)
            projection.builder.record(Phase.ATTACH, link, moved, implied=True)


def _lose_sysctls(projection: Projection, attachment: CniAttachment) -> None:
    """Plan that an interface takes its parameters with it. A rollback sets them when it is back."""
    own, default = f"/conf/{attachment.ifname}/", "/conf/default/"
    for (netns, key), value in [*projection.sysctls.items()]:
        if netns != attachment.netns or own not in key:
            continue
        inherited = projection.sysctls.get((netns, key.replace(own, default)), FORWARDING_OFF)
        if value not in (None, inherited):
            lost, new = Sysctl(netns, key, value), Sysctl(netns, key, inherited)
            projection.replace(lost, new, Phase.DETACH, implied=True)


def _complete(projection: Projection, wanted: CniAttachment) -> CniAttachment:
    """An attachment with its configuration, and with the owner of what the plan creates."""
    wanted = replace(wanted, owner=projection.request.owner)
    if wanted.config is not None:
        return wanted
    found = projection.current.cni_networks.get(wanted.network)
    if isinstance(found, Refused):
        raise found
    if found is None:
        rule = "is no network in /etc/cni/net.d; write its configuration, or create its file first"
        if not projection.request.assume:
            raise Refused("network", wanted.network, rule)
        projection.builder.notes.append(
            f"assume network {wanted.network}, which is not in /etc/cni/net.d yet"
        )
        return wanted
    return replace(wanted, config=found, is_named=True)


def _check_plugins(projection: Projection, wanted: CniAttachment) -> str | None:
    """Check that there are plugins for what is wanted. Check mode assumes those that are missing.

    :returns: the version of the specification that all of them support.
    :raises Refused: if there are none.
    """
    if wanted.config is None:
        return None
    network, current = json.loads(wanted.config), projection.current
    supported = []
    for path, name in list_programs(network):
        plugin = (name, wanted.plugin_path)
        missing = current.missing_plugins.get(plugin)
        if missing is not None and not projection.request.assume:
            raise Refused(f"network.{path}", name, missing)
        if missing is not None:
            projection.builder.notes.append(f"assume plugin {name}: {missing}")
        elif plugin in current.plugin_versions:
            supported.append(current.plugin_versions[plugin])
    version = choose_version(network, supported)
    if version is None:
        offered = set.intersection(*map(set, supported)) if supported else set()
        rule = f"its plugins support the versions {', '.join(sorted(offered)) or 'of no other'}"
        raise Refused("network.cniVersion", list_versions(network)[0], rule)
    unknown = sorted(json.loads(wanted.capabilities).keys() - list_capabilities(network))
    if unknown:
        rule = f"no plugin of network {wanted.network} has this capability"
        raise Refused("capabilities", unknown[0], rule)
    _check_ports(projection, wanted)
    return version


def _check_ports(projection: Projection, wanted: CniAttachment) -> None:
    """Check that no port is mapped by which the task has come.

    :raises Refused: if one is.
    """
    connection = projection.current.ssh_connection
    mappings = json.loads(wanted.capabilities).get("portMappings")
    if connection is None or not isinstance(mappings, list):
        return
    for mapping in mappings:
        if not isinstance(mapping, dict) or mapping.get("hostPort") != connection.server_port:
            continue
        if str(mapping.get("protocol", "tcp")).lower() == "tcp":
            rule = "is the port of the SSH connection of this task"
            raise Refused("capabilities.portMappings.hostPort", connection.server_port, rule)
