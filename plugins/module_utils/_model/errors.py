# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors, distinguished by what the user can do about them."""

from __future__ import annotations

import errno
import resource
from typing import TYPE_CHECKING, Any

from .secrets import redact

if TYPE_CHECKING:
    from collections.abc import Sequence


_LONG_VALUE = 200
"""Of a longer value, a message has the beginning."""


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
        shown = repr(redact(value, parameter))
        if len(shown) > _LONG_VALUE:
            shown = f"{shown[:_LONG_VALUE]} ..."
        super().__init__(f"{redact(parameter)}: {shown}: {rule}")
        self.parameter = parameter
        self.value = value
        self.rule = rule

    def brief(self) -> str:
        """Return the message as an item of a list of errors."""
        return str(self)


class SeveralRefused(NetnsError):
    """Several parameters break rules. Nothing was changed.

    ``details`` has all messages. The text has as many as fit.
    """

    def __init__(self, refusals: Sequence[Refused], may_be_more: bool = False) -> None:
        count = f"{len(refusals)} errors{' or more' if may_be_more else ''}:"
        lines = [count, *(f"- {refusal.brief()}" for refusal in refusals)]
        super().__init__("\n".join(lines))
        self.details = {"errors": [str(refusal) for refusal in refusals]}


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


class InDoubt(Failed):
    """A change failed after a part of it was made: it has to be undone as if it was made."""


class Unverified(Failed):
    """The plan was applied, and something else is there.

    The kernel did not do what it was asked for, or others changed the host during the run.
    """


class ProbeFailed(Failed):
    """The plan was applied, and probes have other results than expected."""


class NotConfirmed(Failed):
    """The plan was applied, and nobody confirmed that the host can still be reached."""


class Killed(NotConfirmed):
    """The process that applied the plan, or waited for its confirmation, was killed."""


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
