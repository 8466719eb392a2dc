# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attachments of namespaces to networks of CNI, and what is known of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .fast_dataclass import dataclass, field
from .resources import LocalResource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .links import LinkRef

ATTACHED = "attached"
INCOMPLETE = "incomplete"
"""A task was killed while it attached it, or before it knew that it was detached."""
STRANDED = "stranded"
"""The namespace was removed, and perhaps created anew."""
BROKEN = "broken"
"""The interface is missing, or a plugin says that the attachment is not as it left it."""

CONTAINER_PREFIX = "redblue-"
"""What the container IDs of this collection begin with. Other runtimes have IDs of other forms."""
PLUGIN_PATH = ("/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni")
"""The directories of plugins: of Kubernetes, Debian and Fedora."""
CACHE = "/var/lib/cni"
RESULTS = f"{CACHE}/results"
"""Where libcni keeps what it attached."""
NO_CAPABILITIES = "{}"


class ConfigText(str):
    """A network configuration as JSON. It may hold secrets."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ConfigText(...)"


@dataclass(frozen=True)
class CniAttachment(LocalResource):
    """An interface of a namespace in a network of CNI.

    What is compared is what a task asks for, and the state.
    """

    netns: str
    ifname: str
    network: str
    config: ConfigText | None = None
    """The network configuration. None: the one of that name in /etc/cni/net.d."""
    args: tuple[tuple[str, str], ...] = ()
    """CNI_ARGS."""
    capabilities: str = NO_CAPABILITIES
    """What plugins get as ``runtimeConfig``, as JSON."""
    plugin_path: tuple[str, ...] = field(default=PLUGIN_PATH, compare=False)
    owner: str | None = None
    state: str = ATTACHED
    fault: str = field(default="", compare=False)
    """Why the state is not ``attached``, as the end of a sentence."""
    result: str | None = field(default=None, compare=False)
    """What the last plugin returned, as JSON."""
    known_faults: tuple[tuple[int, str], ...] | None = field(default=None, compare=False)
    """What the plugins with these numbers answered to CHECK when they had just attached it. None:
    they did not, so what they answer now says nothing."""
    version: str | None = field(default=None, compare=False)
    """The version of the specification that its configuration and its plugins support."""
    is_named: bool = field(default=False, compare=False)
    """Whether its configuration is a file of /etc/cni/net.d, which others use too."""
    taken: tuple[str, ...] = field(default=(), compare=False)
    """The links that its plugins take from the host; empty for one whose name is not known."""
    closed_bridges: tuple[str, ...] = field(default=(), compare=False)
    """The bridges of the host whose new port is isolated as soon as a plugin has made it, because
    policies are enforced there. Its rules come when all namespaces are attached."""
    in_place: bool = field(default=False, compare=False)
    """Whether the interface in the namespace is that of the attachment."""
    is_whole: bool = field(default=False, compare=False)
    """Whether it has all addresses of the attachment."""

    @property
    def key(self) -> tuple[Any, ...]:
        return ("cni", self.netns, self.ifname)

    @property
    def container_id(self) -> str:
        """CNI_CONTAINERID."""
        return f"{CONTAINER_PREFIX}{self.netns}"


def list_bridges(attachment: CniAttachment) -> Iterator[tuple[LinkRef, dict[str, object]]]:
    """The bridges of the host of which a plugin makes a port, with its configuration."""
    for plugin in json.loads(attachment.config or '{"plugins": []}')["plugins"]:
        if plugin["type"] == "bridge":
            yield (None, str(plugin.get("bridge", "cni0"))), plugin
