# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel parameters of links that are not as a topology sets them by itself.

Without them, a topology that is fed back would set these. They are those of ``IPV6_SETTINGS``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns import inside_netns
from .._host.sysctl import read_sysctl
from .._model.links import IPV6_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandle
    from .._model.current_state import CurrentState
    from .._model.links import Link

_CONF = "net/ipv6/conf/"


def read_link_sysctls(handles: Sequence[NetnsHandle], current: CurrentState) -> None:
    """Enter the parameters of links in namespaces, by (netns, path below /proc/sys)."""
    keys: dict[str, list[str]] = {}
    for link in current.links.values():
        if link.netns is not None and link.owner:
            keys.setdefault(link.netns, []).extend(_list_keys(link))
    for handle in handles:
        if handle.netns is not None and keys.get(handle.netns):
            with inside_netns(handle.descriptor):
                for key in keys[handle.netns]:
                    current.sysctls[handle.netns, key] = read_sysctl(key)


def _list_keys(link: Link) -> list[str]:
    if link.bridge or link.saved is not None or link.name == "lo":
        return []
    settings = [name for name in IPV6_SETTINGS if getattr(link, name)]
    if not link.link_local:
        settings = [name for name in settings if name != "accept_dad"]
    return [f"{_CONF}{link.name}/{name}" for name in settings]


def is_setting_of_link(key: str) -> bool:
    """Whether a path below /proc/sys is that of such a parameter."""
    return key.startswith(_CONF) and key.rpartition("/")[2] in IPV6_SETTINGS


def format_key(key: str) -> str:
    """The name of a parameter, in which a slash stands for a dot in an interface's name."""
    return key.translate({ord("/"): ".", ord("."): "/"})
