# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on the controller: topologies, and the inventory file of the plugin itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError, AnsibleFileNotFound
from ansible_collections.redblue.netns.plugins.module_utils._params.src_file import MAX_BYTES
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.load_errors import (
    explain_load_error,
)

from .namespaces import NetnsResult, try_list_namespaces

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_strict(loader: Any, inventory_file: str) -> bool:
    """Whether an inventory file sets the option strict, also if another option is invalid."""
    try:
        config = loader.load_from_file(inventory_file, cache="none")
    except AnsibleError:
        return False
    return isinstance(config, dict) and config.get("strict") is True


def read_files(
    loader: Any, templar: Any, inventory_file: str, src: str, hosts: Mapping[str, dict[str, Any]]
) -> dict[str, NetnsResult]:
    """The namespaces of each host, from the topology in its file.

    :param src: the path, relative to the inventory file. It may be a template.
    :param hosts: the variables of each host, which the template may use.
    """
    results: dict[str, NetnsResult] = {}
    directory = os.path.dirname(os.path.abspath(inventory_file))
    for host, variables in hosts.items():
        templar.available_variables = variables
        try:
            path = os.path.join(directory, templar.template(src))
            results[host] = try_list_namespaces(_load(loader, path))
        except (AnsibleError, OSError, ValueError) as error:
            results[host] = f"src: {error}"
    return results


def _load(loader: Any, path: str) -> Any:
    """The content of a JSON or YAML file, which may be encrypted.

    :raises AnsibleError: it cannot be read. No message shows its content.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise AnsibleError(f"{path}: is not a regular file")
    if os.path.isfile(path) and os.path.getsize(path) > MAX_BYTES:
        raise AnsibleError(f"{path}: is larger than {MAX_BYTES} bytes")
    try:
        return loader.load_from_file(path, cache="none")
    except AnsibleFileNotFound:
        raise
    except AnsibleError as error:
        raise AnsibleError(f"{path}: {explain_load_error(error)}") from None
