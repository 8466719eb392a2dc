# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of impairments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.impairments import Impairment, shrinks_burst
from .._netlink.impairments import delete_qdisc, replace_qdisc
from . import dispatch

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .batches import Batch


@dispatch.compose_messages.register(Impairment)
def _compose_messages(
    impairment: Impairment,
    before: Impairment | None,
    after: Impairment | None,
    handles: NetnsHandles,
) -> list[Batch]:
    index = handles.get(impairment.netns).indexes[impairment.link]
    requests = []
    if before is not None and (after is None or shrinks_burst(before, after)):
        requests.append(delete_qdisc(index, before))
    if after is not None:
        requests.append(replace_qdisc(index, after))
    return [(impairment.netns, requests)]


@dispatch.find_state.register(Impairment)
def _find_state(impairment: Impairment, current: CurrentState) -> object:
    return current.impairments.get((impairment.netns, impairment.link))


dispatch.must_wait.register(Impairment, dispatch.wait_for_link)
dispatch.list_namespaces.register(Impairment, dispatch.list_own_namespace)
dispatch.invert.register(Impairment, dispatch.swap)
