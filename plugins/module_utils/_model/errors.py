# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors, distinguished by what the user can do about them."""

from __future__ import annotations

import errno
import resource
from typing import Any

from .secrets import redact


class NetnsError(Exception):
    """Base of all errors of this collection.

    Its text is the message for the user. ``details`` are additional keys of the module's result.
    """

    details: dict[str, Any] = {}


class Refused(NetnsError):
    """A parameter breaks a rule. Nothing was changed.

    The message does not show a value that may be a secret.
    """

    def __init__(self, parameter: str, value: Any, rule: str) -> None:
        super().__init__(f"{redact(parameter)}: {redact(value, parameter)!r}: {rule}")
        self.parameter = parameter
        self.value = value
        self.rule = rule


class Conflict(Refused):
    """An object on the host that this collection did not make is in the way. Nothing changed."""


class Unprivileged(NetnsError):
    """The process lacks capabilities. Nothing was changed."""


class Missing(NetnsError):
    """A Python library is missing on the managed host. Nothing was changed.

    ``reason`` is what needs it, such as ``for links of type vlan``.
    """

    def __init__(self, library: str, reason: str) -> None:
        super().__init__(f"{library} is missing, which is required {reason}")
        self.library = library
        self.reason = reason


class Failed(NetnsError):
    """The kernel, a program or a file operation failed.

    The operation may have had its effect all the same, for example when its reply was lost.
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class ProbeFailed(Failed):
    """The plan was applied, and probes have other results than expected."""


def describe_exception(error: BaseException) -> str:
    """The message of an exception. One that is not of this collection is named."""
    if isinstance(error, (NetnsError, OSError, KeyboardInterrupt)) and str(error):
        return str(error)
    name = type(error).__name__
    return f"{name}: {error}" if str(error) else name


def describe_error(error: OSError) -> str:
    """The kernel's error message. For EMFILE it names the limit that was exceeded."""
    message = error.strerror or str(error)
    if error.errno != errno.EMFILE:
        return message
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return f"{message} (RLIMIT_NOFILE is {limit}; each namespace takes two during the task)"
