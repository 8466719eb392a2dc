# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that a topology starts, keeps running and ends."""

from __future__ import annotations

from typing import Any

from .fast_dataclass import dataclass, field
from .fast_replace import replace
from .fast_typing import NamedTuple
from .resources import LocalResource

NO, ON_FAILURE, ALWAYS = RESTARTS = ("no", "on-failure", "always")
"""When a process that has ended by itself is started again."""

RUNNING = "running"
RESTARTING = "restarting"
"""It ended by itself, and is about to be started again."""
ENDED = "ended"
ORPHANED = "orphaned"
"""What kept it running was killed, and some of its processes are left."""
STRANDED = "stranded"
"""It runs in a namespace that has lost its name."""

RESTART_PAUSE = 1
"""Seconds before a process is started again."""
END_PATIENCE = 10
"""Seconds that a process has after SIGTERM. Then it is killed."""


class Environment(tuple[tuple[str, str], ...]):
    """Names and values, sorted. The values may be secrets: they are shown nowhere."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Environment({', '.join(self.names)})"

    @property
    def names(self) -> list[str]:
        return [name for name, _value in self]


FEEDS = "feeds"
"""Beside the options that a process serves, the DNS names with whose addresses it fills sets."""
Serves = dict[str, Any]
"""Options of a topology by their names, as ``netns_info`` returns them."""


class Ready(NamedTuple):
    """What shows that a process does its work: a listener on a port, or a text in its log."""

    protocol: str
    port: int | None
    output: str | None
    timeout: int
    """Seconds."""
    address: str | None = None
    """Where it listens; None for any address."""


@dataclass(frozen=True)
class LabProcess(LocalResource):
    """A process of a topology. What is compared is what it was started with, and its state."""

    owner: str
    name: str
    netns: str | None
    command: tuple[str, ...]
    user: str | None = None
    """None for root."""
    environment: Environment | None = None
    """None: a task leaves it as it is."""
    restart: str = NO
    log: str | None = None
    """The file to which its output is appended."""
    state: str = RUNNING
    ready: Ready | None = None
    unit: str | None = field(default=None, compare=False)
    """The systemd unit that runs it; None for a supervisor of this collection."""
    pid: int | None = field(default=None, compare=False)
    """What ends with it: its supervisor, or the main process of its unit. Of one that is orphaned
    the process that was started, which may have ended."""
    restarts: int = field(default=0, compare=False)
    serves: Serves | None = field(default=None, compare=False)
    """The options of the topology that it carries out; None for one that the user lists."""
    status: str = field(default="", compare=False)
    """How it ended last."""

    @property
    def key(self) -> tuple[Any, ...]:
        return ("process", self.owner, self.name)

    def runs_as(self, other: LabProcess) -> bool:
        """Whether it runs, and another description of it needs no other process."""
        return _drop_ready(self) == _drop_ready(other) and self.state != ENDED


def _drop_ready(process: LabProcess) -> LabProcess:
    # One that is about to be started again runs: its restart is what the task asks for.
    state = RUNNING if process.state == RESTARTING else process.state
    return replace(process, state=state, ready=None)
