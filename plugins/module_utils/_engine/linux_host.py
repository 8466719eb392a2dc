# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real host: observes it, applies changes to it in batches, and holds the lock."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import Iterator, List, Sequence

from .._apply.applier import Applier
from .._host.netns import NETNS_DIRECTORY
from .._host.netns_handles import NetnsHandles
from .._host.signals import signals_deferred
from .._model.changes import Change
from .._model.current_state import CurrentState
from .._model.errors import Failed
from .._model.probes import Probe, ProbeResult
from .._observe.carrier import await_carrier
from .._observe.observer import Observer
from .._observe.scope import Scope

LOCK_PATIENCE = 60.0


def _find_holder(descriptor: int) -> str:
    """Who holds the lock, by /proc/locks."""
    status = os.fstat(descriptor)
    wanted = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    with contextlib.suppress(OSError):
        with open("/proc/locks", encoding="ascii") as lines:
            for line in lines:
                words = line.split()
                if len(words) > 5 and words[1] == "FLOCK" and words[5] == wanted:
                    with open(f"/proc/{words[4]}/cmdline", "rb") as file:
                        command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
                    return f"process {words[4]} ({command[:80]})"
    return "a process that cannot be seen from here"


class LinuxHost:
    """The host in which the calling thread lives."""

    def __init__(self) -> None:
        self.handles = NetnsHandles()
        self._observer = Observer(self.handles)
        self._applier = Applier(self.handles)

    def close(self) -> None:
        self.handles.close()

    @contextlib.contextmanager
    def lock(self, create: bool, patience: float = LOCK_PATIENCE) -> Iterator[None]:
        """One at a time on a host. The lock is the directory of names itself; without one there is nothing to lock.

        :param create: make the directory if it is missing; check mode must not.
        """
        if create:
            os.makedirs(NETNS_DIRECTORY, 0o755, exist_ok=True)
        try:
            descriptor = os.open(NETNS_DIRECTORY, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            yield
            return
        except OSError as error:
            raise Failed(
                f"this host cannot be locked by {NETNS_DIRECTORY}: {error.strerror}"
            ) from error
        try:
            deadline = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Failed(
                            f"waited {patience:.0f} s for the lock of this host, which {_find_holder(descriptor)} holds"
                        ) from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def observe(self, scope: Scope) -> CurrentState:
        """See ``Observer.observe``."""
        current = self._observer.observe(scope)
        self._applier.rules.rulesets, self._applier.rules.backends = (
            dict(current.rulesets),
            current.backends,
        )
        return current

    def apply(self, changes: Sequence[Change], journal: List[Change]) -> None:
        """Do the changes in order. ``journal`` receives each that was done, and one that is in doubt.

        :raises Failed: at the first that did not work, named.
        """
        with signals_deferred():
            self._applier.apply(changes, journal)

    def await_links(self) -> None:
        """Wait, but not for ever, until those that came up when last observed carry what is sent over them."""
        await_carrier(self.handles.all)

    def probe(self, probes: Sequence[Probe]) -> List[ProbeResult]:
        """See ``_probe.runner.ask``."""
        from .._probe.runner import run_probes  # a dozen files, which only who asks needs

        return run_probes(self.handles, probes)
