# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the attachments of namespaces to networks of CNI, from its cache and from its plugins."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from .._host.cni_attachments import is_in_place, list_faults
from .._host.cni_cache import list_own
from .._host.cni_directory import has_own_attachments
from .._host.cni_plugins import describe_missing_plugin, find_plugin, read_versions
from .._host.machine import identify_host
from .._host.netns import path_of
from .._model.cni import ATTACHED, BROKEN, STRANDED, CniAttachment
from .._model.cni_networks import list_programs, parse_network
from .._model.cni_results import list_addresses
from .._model.errors import Failed, Refused
from .._model.fast_replace import replace
from .._model.scope import Scope

if TYPE_CHECKING:
    from .._host.cni_cache import CachedAttachment
    from .._host.netns_handles import Handles, NetnsHandle, NetnsHandles
    from .._model.cni import ConfigText
    from .._model.current_state import CurrentState
    from .._model.owner_records import NetnsEvidence

NETWORKS = "/etc/cni/net.d"
_SUFFIXES = ((".conflist",), (".conf", ".json"))
"""libcni looks for lists of plugins first."""
_MAX_BYTES = 1 << 22


def observe_attachments(
    host: NetnsEvidence, scope: Scope, handles: Handles, current: CurrentState
) -> None:
    """Read the attachments of this collection, and what those of the task need.

    Only those that the task wants are checked by their plugins.
    """
    wanted = {attachment.key: attachment for attachment in scope.attachments}
    for cached in list_own(identify_host(host)):
        attachment = cached.attachment
        state = find_state(cached, handles.get(attachment.netns), current)
        known = wanted.get(state.key)
        if known is not None and state.state == ATTACHED and known.config in (None, state.config):
            state = check_attachment(state)
        current.attachments[state.key] = state
    for attachment in scope.attachments:
        network = attachment.network
        if attachment.config is None and network not in current.cni_networks:
            current.cni_networks[network] = read_network(network)
        _observe_plugins(attachment, current)


def observe_all_attachments(handles: NetnsHandles, current: CurrentState, with_check: bool) -> None:
    """Read the attachments of this collection, for a report.

    :param with_check: have their plugins check them.
    """
    if not has_own_attachments():
        return
    host = handles.get(None).evidence
    by_name = {name: handles.open(name) for name in current.namespaces}
    found: Handles = {name: handle for name, handle in by_name.items() if handle is not None}
    observe_attachments(host, Scope(), found, current)
    for key, attachment in current.attachments.items():
        if with_check and attachment.state == ATTACHED:
            current.attachments[key] = check_attachment(attachment)


def find_state(
    cached: CachedAttachment, handle: NetnsHandle | None, current: CurrentState
) -> CniAttachment:
    """An attachment with the state that shows without its plugins.

    :param handle: that of its namespace; None if there is none.
    """
    attachment = cached.attachment
    if handle is None:
        fault = "its namespace does not exist"
        return replace(attachment, state=_worse(attachment, STRANDED), fault=fault)
    if not is_in_place(cached, handle):
        state, fault = STRANDED, "its namespace was created anew"
        if cached.place is None:
            state, fault = BROKEN, f"its interface {attachment.ifname} is missing"
        return replace(attachment, state=_worse(attachment, state), fault=fault)
    link = current.links.get((attachment.netns, attachment.ifname))
    addresses = list_addresses(attachment.result, attachment.netns, attachment.ifname)
    has_all = link is not None and {*addresses} <= {*(link.addresses or ())}
    attachment = replace(attachment, in_place=True, is_whole=has_all)
    if attachment.state != ATTACHED:
        return replace(attachment, fault="a task was killed while it attached it")
    if link is None:
        fault = f"its interface {attachment.ifname} is missing"
        return replace(attachment, state=BROKEN, fault=fault)
    return attachment


def _worse(attachment: CniAttachment, state: str) -> str:
    return state if attachment.state == ATTACHED else attachment.state


def check_attachment(attachment: CniAttachment) -> CniAttachment:
    """An attachment as its plugins say it is."""
    try:
        faults = list_faults(attachment, path_of(attachment.netns))
    except Failed as error:
        faults = [str(error)]
    if not faults:
        return attachment
    return replace(attachment, state=BROKEN, fault=f"CHECK failed: {'; '.join(faults)}")


def _observe_plugins(attachment: CniAttachment, current: CurrentState) -> None:
    """Which plugins of a wanted attachment are missing, and what the others support."""
    config: ConfigText | None = attachment.config
    if config is None:
        known = current.cni_networks.get(attachment.network)
        config = None if isinstance(known, Refused) else known
    found = current.attachments.get(attachment.key)
    if config is None:
        return
    if found is not None and replace(attachment, config=config, owner=found.owner) == found:
        return
    for _path, name in list_programs(json.loads(config)):
        plugin = (name, attachment.plugin_path)
        if find_plugin(*plugin) is None:
            current.missing_plugins[plugin] = describe_missing_plugin(*plugin)
        else:
            current.plugin_versions[plugin] = read_versions(*plugin)


def read_network(name: str) -> ConfigText | Refused | None:
    """The configuration of a network in /etc/cni/net.d; None if there is none of that name.

    A file that breaks a rule is none, as for libcni, unless it has that name.
    """
    for suffixes in _SUFFIXES:
        for path in _list_files(suffixes):
            try:
                with open(path, encoding="utf-8") as file:
                    decoded = json.loads(file.read(_MAX_BYTES))
            except (OSError, ValueError, RecursionError):
                continue
            if not isinstance(decoded, dict) or decoded.get("name") != name:
                continue
            try:
                return parse_network(f"network ({path})", decoded)[1]
            except Refused as error:
                return error
    return None


def _list_files(suffixes: tuple[str, ...]) -> list[str]:
    try:
        names = sorted(os.listdir(NETWORKS))
    except OSError:
        return []
    return [os.path.join(NETWORKS, name) for name in names if name.endswith(suffixes)]
