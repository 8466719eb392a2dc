# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders attachments to networks of CNI."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from .._model.cni import CniAttachment, ConfigText
from .._model.cni_entries import MARK, compose_entry, path_of_result
from .._model.cni_networks import compose_json, compose_request, list_versions
from .._model.fast_replace import replace
from .._model.secrets import redact
from .dispatch import compose_commands, describe_action, describe_details

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@describe_action.register(CniAttachment)
def _describe_action(
    attachment: CniAttachment, before: CniAttachment | None, after: CniAttachment | None
) -> str:
    where = f"namespace {attachment.netns}"
    what = f"network {attachment.network} as {attachment.ifname}"
    if after is not None:
        return f"attach {where} to {what} (ADD of {_list_plugins(after)})"
    reason = f": {attachment.fault}" if attachment.fault else ""
    return f"detach {where} from {what} (DEL of {_list_plugins(attachment)}){reason}"


def _list_plugins(attachment: CniAttachment) -> str:
    if attachment.config is None:
        return "its plugins"
    return ", ".join(str(plugin["type"]) for plugin in json.loads(attachment.config)["plugins"])


@compose_commands.register(CniAttachment)
def _compose_commands(
    attachment: CniAttachment, before: CniAttachment | None, after: CniAttachment | None
) -> list[str]:
    if attachment.config is None:
        return [f"# network {attachment.network} is not in /etc/cni/net.d yet"]
    if after is not None:
        return [*_compose_addition(after)]
    return [*_compose_removal(attachment)]


def _compose_addition(attachment: CniAttachment) -> Iterator[str]:
    """Each plugin gets the result of the one before it, and libcni's file the last one."""
    network = json.loads(attachment.config or "{}")
    version = attachment.version or list_versions(network)[0]
    capabilities = json.loads(attachment.capabilities)
    for index in range(len(network["plugins"])):
        request = compose_json(_hide(compose_request(network, index, version, capabilities)))
        text = shlex.quote(request)
        if index:
            text = f"""{shlex.quote(request[:-1] + ',"prevResult":')}"$result"}}"""
        yield f"result=$({_compose_call(attachment, network, index, 'ADD')} <<< {text})"
    entry = compose_json(_compose_entry(attachment))[:-1] + ',"result":'
    write = f"install -D -m 0600 /dev/stdin {shlex.quote(path_of_result(attachment))}"
    yield f"""printf '%s' {shlex.quote(entry)}"$result"}} | {write}"""


def _compose_removal(attachment: CniAttachment) -> Iterator[str]:
    network = json.loads(attachment.config or "{}")
    result = None if attachment.result is None else json.loads(attachment.result)
    version = list_versions(network)[0] if result is None else result["cniVersion"]
    capabilities = json.loads(attachment.capabilities)
    for index in reversed(range(len(network["plugins"]))):
        request = _hide(compose_request(network, index, version, capabilities, result))
        call = _compose_call(attachment, network, index, "DEL")
        yield f"{call} <<< {shlex.quote(compose_json(request))}"
    yield f"rm -f {shlex.quote(path_of_result(attachment))}"


def _compose_call(
    attachment: CniAttachment, network: Mapping[str, Any], index: int, command: str
) -> str:
    exists = command == "ADD" or attachment.in_place
    path = ":".join(attachment.plugin_path)
    variables = {
        "CNI_COMMAND": command,
        "CNI_CONTAINERID": attachment.container_id,
        "CNI_NETNS": _path_of_netns(attachment) if exists else "",
        "CNI_IFNAME": attachment.ifname,
        "CNI_ARGS": ";".join(f"{name}={value}" for name, value in attachment.args),
        "CNI_PATH": path,
    }
    words = [f"{name}={shlex.quote(value)}" for name, value in variables.items() if value]
    program = shlex.quote(network["plugins"][index]["type"])
    return f"{' '.join(words)} PATH={shlex.quote(path)}:$PATH {program}"


def _compose_entry(attachment: CniAttachment) -> dict[str, Any]:
    shown = replace(
        attachment,
        config=ConfigText(compose_json(_hide(json.loads(attachment.config or "{}")))),
        capabilities=compose_json(_hide(json.loads(attachment.capabilities))),
    )
    mark = {"owner": attachment.owner or "", "plugin_path": list(attachment.plugin_path)}
    return {**compose_entry(shown, _path_of_netns(attachment)), MARK: mark}


def _path_of_netns(attachment: CniAttachment) -> str:
    return f"/run/netns/{attachment.netns}"


def _hide(value: dict[str, Any]) -> dict[str, Any]:
    """A value without what may be a secret. Then the commands have to be completed by hand."""
    hidden: dict[str, Any] = redact(value)
    return hidden


@describe_details.register(CniAttachment)
def _describe_details(attachment: CniAttachment) -> list[str]:
    config = "from /etc/cni/net.d"
    if attachment.config is not None:
        config = compose_json(_hide(json.loads(attachment.config)))
    details = [f"  config: {config}"]
    if attachment.args:
        shown = redact(dict(attachment.args))
        details.append(f"  args: {'; '.join(f'{name}={value}' for name, value in shown.items())}")
    capabilities = json.loads(attachment.capabilities)
    if capabilities:
        details.append(f"  capabilities: {compose_json(_hide(capabilities))}")
    return details
