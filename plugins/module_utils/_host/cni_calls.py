# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the plugins of an attachment in the order of the specification, with what they want."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from .._model.cni_networks import (
    STACKING,
    VERSIONS,
    choose_version,
    compose_request,
    list_programs,
    with_addresses,
    without_mtu,
)
from .._model.errors import Failed
from .._model.fast_typing import NamedTuple
from .cni_plugins import PluginFailed, read_versions, run_plugin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.cni import CniAttachment


class Call(NamedTuple):
    """What the plugins of an attachment are run with."""

    attachment: CniAttachment
    network: Mapping[str, Any]
    capabilities: Mapping[str, Any]
    version: str
    path: str
    """That of the namespace; empty if there is none."""

    is_gone: bool = False
    """Whether the namespace has no such interface."""

    def run(self, command: str, index: int, previous: Any) -> bytes:
        return self._run(self._type_of(index), command, self._compose(index, previous))

    def add_again(self, index: int, previous: Any) -> bytes:
        """Run ADD for the addresses that the attachment had, as far as its plugins allow that.

        If the link of the host below has less MTU by now, the interface had that too.
        """
        plugin = self._type_of(index)
        request = with_addresses(self._compose(index, previous), self.attachment.result)
        try:
            return self._run(plugin, "ADD", request)
        except PluginFailed:
            if not self.is_stacking(index):
                raise
            return self._run(plugin, "ADD", without_mtu(request))

    def delete_above_any_link(self, index: int, previous: Any) -> None:
        """Have a plugin remove its interface, whatever became of the link of the host below."""
        request = without_mtu({**self._compose(index, previous), "master": "lo"})
        self._run(self._type_of(index), "DEL", request)

    def is_stacking(self, index: int) -> bool:
        """Whether a plugin makes an interface above a link of the host."""
        return self._type_of(index) in STACKING

    def _type_of(self, index: int) -> str:
        return str(self.network["plugins"][index]["type"])

    def release_addresses(self, index: int, previous: Any) -> None:
        """Have the plugin that assigned the addresses of a plugin release them."""
        ipam = self.network["plugins"][index].get("ipam") or {}
        if ipam.get("type"):
            self._run(ipam["type"], "DEL", self._compose(index, previous))

    def release_all_addresses(self) -> None:
        """Have each plugin that may have assigned addresses release them, if it can."""
        for index in range(len(self.network["plugins"])):
            with contextlib.suppress(PluginFailed):
                self.release_addresses(index, None)

    def _compose(self, index: int, previous: Any) -> dict[str, Any]:
        return compose_request(self.network, index, self.version, self.capabilities, previous)

    def _run(self, plugin: str, command: str, request: Mapping[str, Any]) -> bytes:
        return run_plugin(self.attachment, plugin, command, self.path, request)


def open_call(attachment: CniAttachment, path: str, version: str | None = None) -> Call:
    """:param version: the one with which it was attached, if that is known."""
    network = json.loads(attachment.config or "{}")
    if version is None:
        programs = dict(list_programs(network)).values()
        supported = [read_versions(program, attachment.plugin_path) for program in programs]
        version = choose_version(network, [each or VERSIONS for each in supported])
    if version is None:
        raise Failed(
            f"the plugins of network {attachment.network} have no version in common with it"
        )
    return Call(attachment, network, json.loads(attachment.capabilities), version, path)


def version_of(attachment: CniAttachment) -> str | None:
    return None if attachment.result is None else json.loads(attachment.result)["cniVersion"]


def delete(call: Call, attachment: CniAttachment) -> None:
    """Run DEL of all plugins; once more if that fails.

    The plugin bridge of version 1.1 removes the interface, and fails then if rules for an address
    that this had are gone already. Without the interface it does not look for them.
    """
    try:
        _delete_once(call, attachment)
    except PluginFailed:
        _delete_once(call, attachment)


def _delete_once(call: Call, attachment: CniAttachment) -> None:
    """Run DEL of all plugins, the last one first, with the result of the attachment."""
    previous = None if attachment.result is None else json.loads(attachment.result)
    for index in reversed(range(len(call.network["plugins"]))):
        try:
            call.run("DEL", index, previous)
        except PluginFailed as error:
            if not call.is_stacking(index):
                raise
            _delete_stacked(call, index, previous, error)


def _delete_stacked(call: Call, index: int, previous: Any, error: PluginFailed) -> None:
    """Undo what a plugin refuses to undo if the link of the host below is gone, or has less MTU.

    It looks at that link before it does anything, but does not need it for DEL.

    :param error: what it answered.
    """
    try:
        call.delete_above_any_link(index, previous)
    except PluginFailed:
        if not call.is_gone:
            raise error from None
        call.release_addresses(index, previous)
