# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, told apart by what the user can do about it."""

from __future__ import annotations

import errno
import resource
from typing import Any, Dict


class NetnsError(Exception):
    """Base of every error of this collection; its text is the message for the user, ``details`` are what a module returns with it."""

    details: Dict[str, Any] = {}


class Refused(NetnsError):
    """Asked for something that breaks a rule; nothing was touched."""

    def __init__(self, parameter: str, value: Any, rule: str) -> None:
        super().__init__(f"{parameter}: {value!r}: {rule}")
        self.parameter = parameter
        self.value = value
        self.rule = rule


class Conflict(Refused):
    """Something on the host that is not ours stands in the way; nothing was touched."""


class Unprivileged(NetnsError):
    """The process lacks the capabilities that this work needs; nothing was touched."""


class Missing(NetnsError):
    """A library that the managed host needs is not there; nothing was touched."""


class Failed(NetnsError):
    """Something outside (kernel, program, file) said no. What it said no to may have happened all the same."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class ProbeFailed(Failed):
    """What was made is as planned, and probes are not as expected."""


def describe_error(error: OSError) -> str:
    """What the kernel said; of a limit, which it is."""
    words = error.strerror or str(error)
    if error.errno != errno.EMFILE:
        return words
    return f"{words} (RLIMIT_NOFILE is {resource.getrlimit(resource.RLIMIT_NOFILE)[0]}; each namespace takes two while the task runs)"
