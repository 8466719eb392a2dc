# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of sysctls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns import inside_netns
from .._host.sysctl import confirm_sysctl, is_of_missing_link, write_sysctl
from .._model.errors import Failed
from .._model.netns import Sysctl
from . import dispatch

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .dispatch import LocalHost


@dispatch.apply_locally.register(Sysctl)
def _apply_locally(
    sysctl: Sysctl, before: Sysctl | None, after: Sysctl | None, host: LocalHost
) -> None:
    if after is not None and after.value is not None:
        with inside_netns(host.handles.get(after.netns).descriptor):
            try:
                write_sysctl(after.key_path, after.value)
            except FileNotFoundError:
                if not is_of_missing_link(after.key_path):
                    raise


def confirm_change(sysctl: Sysctl, handles: NetnsHandles) -> None:
    """Read a sysctl that was written. That of a link that went away meanwhile is not missed.

    If the link is wanted, the plan that verifies the result tells.

    :raises Failed: it has another value.
    """
    if sysctl.value is not None:
        with inside_netns(handles.get(sysctl.netns).descriptor):
            try:
                confirm_sysctl(sysctl.key_path, sysctl.value)
            except Failed:
                if not is_of_missing_link(sysctl.key_path):
                    raise


@dispatch.find_state.register(Sysctl)
def _find_state(sysctl: Sysctl, current: CurrentState) -> object:
    return current.sysctls.get((sysctl.netns, sysctl.key_path))


dispatch.list_namespaces.register(Sysctl, dispatch.list_own_namespace)
dispatch.invert.register(Sysctl, dispatch.swap)
