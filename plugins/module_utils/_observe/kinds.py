# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is observed only by modules that carry a kind (``_kinds``), which registers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .._model.fast_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._host.netns import NetnsIdentity
    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState, Process
    from .._model.netns import Attachment, Sysctl
    from .._model.owner_records import NetnsEvidence
    from .._model.scope import Scope


ObserveOvs = Callable[["Scope", "Mapping[str, str]", "Handles", "CurrentState"], None]
OpenTargets = Callable[
    [
        "Sequence[tuple[str, Attachment]]",
        "NetnsHandles",
        "Handles",
        "Mapping[str, Attachment]",
        "str | None",
        "CurrentState",
    ],
    None,
]


@dataclass
class Steps:
    """The steps of the observer that some modules do not carry. Kinds set them."""

    observe_persistence: Callable[[str, str | None, CurrentState], None] | None = None
    """Reads the files of a persistent topology; see ``observe_persistence``."""
    observe_ovs: ObserveOvs | None = None
    """Reads the bridges of Open vSwitch; see ``observe_ovs``."""
    observe_attachments: Callable[[NetnsEvidence, Scope, Handles, CurrentState], None] | None = None
    """Reads attachments to networks of CNI; see ``observe_attachments``."""
    observe_netns_files: Callable[[frozenset[str], str | None, CurrentState], None] | None = None
    """Reads the files of namespaces; see ``observe_netns_files``."""
    find_sysctl_faults: Callable[[Sequence[Sysctl], Handles, CurrentState], None] | None = None
    """Finds which of the wanted kernel parameters cannot be set; see ``find_sysctl_faults``."""
    find_processes: Callable[[dict[NetnsIdentity, str]], dict[str, list[Process]]] | None = None
    """Finds the processes in namespaces that may be deleted; see ``find_processes``."""
    observe_services: Callable[[Scope, Handles, CurrentState], None] | None = None
    """Reads the units that a task puts into namespaces; see ``observe_services``."""
    observe_listeners: Callable[[Scope, Handles, CurrentState], None] | None = None
    """Reads the listening sockets that a scope names; see ``observe_listeners``."""
    observe_features: Callable[[Scope, CurrentState], None] | None = None
    """Reads what the kernel lacks for the desired state; see ``observe_features``."""
    observe_moved_links: Callable[[Scope, Handles, CurrentState], None] | None = None
    """Reads what is in the way of links that are somewhere else than they are wanted."""
    load_open_targets: Callable[[], OpenTargets] | None = None
    """Loads ``open_targets``, for the namespaces of containers and processes that get names."""


steps = Steps()
