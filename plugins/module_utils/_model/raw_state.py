# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a namespace had before a run, as the kernel described it.

Our own types name a few attributes of a route or an address. A rollback has to restore all of them,
also of resources that others made, so it sends back what the kernel sent.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .fast_dataclass import dataclass
from .fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class RawObject(NamedTuple):
    """An object of the kernel: its kind, and the message that describes it."""

    kind: str
    message: bytes


@dataclass(frozen=True)
class RawState:
    """The objects of a namespace, in the order in which the kernel listed them.

    ``links`` are the names of the links by the indexes that the messages contain. ``time`` is the
    monotonic time in seconds, from which the remaining lifetimes in the messages count.
    """

    netns: str | None
    time: float
    links: Mapping[int, str]
    objects: tuple[RawObject, ...]

    def to_json(self) -> dict[str, Any]:
        """This state as JSON can hold it."""
        return {
            "netns": self.netns,
            "time": self.time,
            "links": [[index, name] for index, name in self.links.items()],
            "objects": [[raw.kind, base64.b64encode(raw.message).decode()] for raw in self.objects],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RawState:
        """The state that ``to_json`` returned."""
        return cls(
            data["netns"],
            data["time"],
            dict(data["links"]),
            tuple(RawObject(kind, base64.b64decode(text)) for kind, text in data["objects"]),
        )
