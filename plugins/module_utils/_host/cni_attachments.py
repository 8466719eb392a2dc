# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attaches namespaces to networks of CNI, and detaches them, as its SPEC.md says in section 3."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from .._model.cni import INCOMPLETE, CniAttachment
from .._model.cni_entries import path_of_result
from .._model.cni_networks import (
    compose_json,
    compose_request,
    has_check,
    has_status,
)
from .._model.cni_results import find_mac, parse_result
from .._model.errors import Failed
from .._model.fast_replace import replace
from .._netlink.link_queries import get_link
from .._netlink.link_replies import read_link
from .cni_cache import CachedAttachment, list_own, read_cache, remove_cache, write_cache
from .cni_calls import Call, delete, open_call, version_of
from .cni_plugins import PluginFailed, run_plugin
from .cni_stand_in import stand_in_netns
from .machine import identify_host, read_boot_id
from .netns import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .netns_handles import NetnsHandle, NetnsHandles


def is_in_place(cached: CachedAttachment, handle: NetnsHandle | None) -> bool:
    """Whether the interface in a namespace is that of an attachment.

    If the mark does not say which namespace was attached, its MAC address shows it.

    :param handle: that of the namespace of this name, if there is one.
    """
    attachment = cached.attachment
    if handle is None:
        return False
    if cached.place is not None:
        return bool(cached.place == [read_boot_id(), *handle.evidence])
    mac = _read_mac(handle, attachment.ifname)
    wanted = find_mac(attachment.result, attachment.netns, attachment.ifname)
    return mac is not None and wanted in (None, mac)


def _read_mac(handle: NetnsHandle, ifname: str) -> str | None:
    (reply,) = handle.socket.send([get_link(ifname)])
    return read_link(None, reply.messages[0]).link.mac if reply.messages else None


def _has_interface(handle: NetnsHandle | None, ifname: str) -> bool:
    if handle is None:
        return False
    (reply,) = handle.socket.send([get_link(ifname)])
    return bool(reply.messages)


def find_cached(attachment: CniAttachment, handles: NetnsHandles) -> CachedAttachment | None:
    """What the cache has of an attachment now."""
    host = identify_host(handles.get(None).evidence)
    # Only its own file: a run may detach a thousand.
    for cached in list_own(host, f"-{attachment.container_id}-{attachment.ifname}"):
        if cached.attachment.key == attachment.key:
            return cached
    return None


def attach(attachment: CniAttachment, handles: NetnsHandles) -> None:
    """Attach a namespace. If that fails, what was done is undone.

    If the attachment has a result, it was detached in this run, and gets the same addresses again
    as far as its plugins allow that.

    :raises PluginFailed: a plugin failed.
    :raises Failed: a plugin is missing, or what it wrote is no result.
    :raises OSError: the cache cannot be written.
    """
    if attachment.result is not None:
        with contextlib.suppress(Failed):
            _attach(attachment, handles, is_again=True)
            return
    _attach(attachment, handles, is_again=False)


def _attach(attachment: CniAttachment, handles: NetnsHandles, is_again: bool) -> None:
    handle = handles.get(attachment.netns)
    host = identify_host(handles.get(None).evidence)
    call = open_call(attachment, path_of(attachment.netns), attachment.version)
    done = replace(attachment, result=None, known_faults=None, state=INCOMPLETE)
    write_cache(done, host, handle.evidence, is_complete=False)
    try:
        if has_status(call.version):
            for index in range(len(call.network["plugins"])):
                call.run("STATUS", index, None)
        previous = None
        for index, plugin in enumerate(call.network["plugins"]):
            output = (
                call.add_again(index, previous) if is_again else call.run("ADD", index, previous)
            )
            previous = _parse(output, call.version, plugin["type"])
            done = replace(done, result=compose_json(previous))
            write_cache(done, host, handle.evidence, is_complete=False)
    except (Failed, OSError) as error:
        is_gone = not _has_interface(handle, attachment.ifname)
        _undo(done, call._replace(is_gone=is_gone), error)
        raise
    known = check(done, call.path)
    if is_again:
        # That the link below has less MTU by now is no fault with which it had been attached.
        before = attachment.known_faults or ()
        known = [each for each in known if each in before or not call.is_stacking(each[0])]
    write_cache(replace(done, known_faults=tuple(known)), host, handle.evidence, is_complete=True)


def _undo(attachment: CniAttachment, call: Call, error: Exception) -> None:
    """Detach what could not be attached. If that fails, the file tells the next run of it."""
    try:
        delete(call, attachment)
    except Failed as another:
        if isinstance(error, Failed):
            error.args = (f"{error}; what it had done could not be undone: {another}",)
    else:
        remove_cache(attachment)


def _parse(output: bytes, version: str, plugin: str) -> dict[str, Any]:
    try:
        return parse_result(output, version)
    except ValueError as reason:
        raise Failed(f"the result of plugin {plugin} {reason}") from None


def check(attachment: CniAttachment, path: str) -> list[tuple[int, str]]:
    """The plugins that answer that an attachment is not as they left it, with what they say.

    :param path: that of the namespace.
    """
    call = open_call(attachment, path, version_of(attachment))
    if call.network.get("disableCheck") or not has_check(call.version):
        return []
    previous = None if attachment.result is None else json.loads(attachment.result)
    faults = []
    for index in range(len(call.network["plugins"])):
        try:
            call.run("CHECK", index, previous)
        except PluginFailed as error:
            faults.append((index, error.answer))
    return faults


def detach(attachment: CniAttachment, handles: NetnsHandles) -> None:
    """Detach a namespace, with the cached configuration and result, also if it is gone.

    :raises PluginFailed: a plugin failed. The cache still has the attachment.
    :raises Failed: a plugin is missing.
    """
    cached = find_cached(attachment, handles)
    known = attachment if cached is None else cached.attachment
    call = open_call(known, path_of(attachment.netns), version_of(known))
    handle = handles.open(attachment.netns)
    in_place = cached is None or is_in_place(cached, handle)
    is_gone = not in_place or not _has_interface(handle, attachment.ifname)
    call = call._replace(is_gone=is_gone)
    if not (in_place and attachment.is_whole):
        # It fails if what it is to undo was undone already, by a task that was killed.
        with stand_in_netns(known) as path, contextlib.suppress(PluginFailed):
            delete(call._replace(path=path), known)
    try:
        delete(call if in_place else call._replace(path=""), known)
    except PluginFailed:
        # ADD failed, and so did DEL then: nothing was made, and no later task could undo that.
        if not is_gone or known.result is not None or known.state != INCOMPLETE:
            raise
        call.release_all_addresses()
    if known.state == INCOMPLETE:
        _collect_garbage(call, known)
    remove_cache(known)


def _collect_garbage(call: Call, attachment: CniAttachment) -> None:
    """Have plugins remove what a killed task left of an attachment, and DEL did not find.

    A configuration in /etc/cni/net.d may be used by runtimes with another cache, whose attachments
    the plugins would take for garbage.
    """
    is_shared = attachment.is_named or call.network.get("disableGC")
    if is_shared or not has_status(call.version):
        return
    valid = [
        {"containerID": each.container_id, "ifname": each.attachment.ifname}
        for each in read_cache(f"{attachment.network}-")
        if each.attachment.network == attachment.network
        and path_of_result(each.attachment) != path_of_result(attachment)
    ]
    for index, plugin in enumerate(call.network["plugins"]):
        request = compose_request(call.network, index, call.version, {})
        request["cni.dev/valid-attachments"] = request["cni.dev/attachments"] = valid
        with contextlib.suppress(PluginFailed):  # The others are to be run all the same.
            run_plugin(attachment, plugin["type"], "GC", "", request)


def list_faults(attachment: CniAttachment, path: str) -> Sequence[str]:
    """What CHECK finds that it did not find when the namespace had just been attached.

    What a plugin finds then already says nothing of the attachment. So does the plugin portmap of
    version 1.1, which looks for the rules of both address families wherever there is ip6tables.
    """
    known = attachment.known_faults
    if known is None:
        return []
    return [answer for index, answer in check(attachment, path) if (index, answer) not in known]
