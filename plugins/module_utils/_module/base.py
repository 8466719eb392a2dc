# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules share: from the task's options to typed ones, and from an error to a failure."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Callable, NoReturn, Protocol, TypeVar

from .._host.process_end import reporting_end
from .._host.state_directory import has_journal, path_of_journal
from .._model.errors import Missing, NetnsError, Refused
from .._model.secrets import find_secrets
from .._params.validation import validate
from .ansible_api import (
    TaskModule,
    create_module,
    declare,
    load_options,
    missing_library_message,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._host.netns import NetnsIdentity
    from .._params.specification import Specification

Params = TypeVar("Params")
Parsed = TypeVar("Parsed")


def open_module(
    spec: Specification[Params], parse: Callable[[Params], object]
) -> tuple[TaskModule, Params]:
    """Return the module and its validated options. Invalid options fail the task.

    :param parse: what ``parse_params`` will do, for the errors that it would find besides.
    """
    raw = load_options()
    if raw is None:
        return declare(spec), validate({}, spec)
    try:
        params = _validate(raw, spec)
    except Refused as error:
        module = create_module(raw, find_secrets(raw, is_invalid=True))
        with reporting_errors(module):
            raise _find_all(error, raw, spec, parse) from None
    return create_module(spec.options, find_secrets(raw)), params


def _validate(raw: Mapping[str, Any], spec: Specification[Params]) -> Params:
    if spec.source is None:
        return validate(raw, spec)
    with spec.source.reporting_recursion(raw):
        return validate(spec.source.read_source(raw), spec)


def parse_params(
    spec: Specification[Params], params: Params, parse: Callable[[Params], Parsed]
) -> Parsed:
    """Return what the options ask for.

    :raises NetnsError: with all errors of the options, if there is one.
    """
    try:
        return parse(params)
    except Refused as error:
        raise _find_all(error, load_options() or {}, spec, parse) from None


def _find_all(
    first: Refused,
    raw: Mapping[str, Any],
    spec: Specification[Params],
    parse: Callable[[Params], object],
) -> NetnsError:
    """Return the error of a task whose options are not valid, with all that is wrong in them."""
    from .._params.all_refusals import find_all

    try:
        options = raw if spec.source is None else spec.source.read_source(raw)
    except (Refused, RecursionError):
        return first
    return find_all(first, options, lambda rest: parse(validate(rest, spec)))


def assume_missing(module: TaskModule) -> bool:
    """Whether to assume that what is missing would have been created by an earlier task."""
    return bool(module.check_mode)


def warn_of_killed_task(module: TaskModule, host: NetnsIdentity) -> None:
    """Warn of what the next task that may change something is going to restore."""
    if has_journal(host):
        module.warn(
            "a task is changing this host, or was killed while it did: then the next task that may "
            "change something restores first what is not of this collection, from "
            f"{path_of_journal(host)}"
        )


class Failing(Protocol):
    """Takes the failure of a task: the module, or what hands it over to the module."""

    def fail_json(self, msg: str, **details: Any) -> NoReturn: ...


@contextlib.contextmanager
def reporting_errors(module: Failing) -> Iterator[None]:
    """Errors become the failure of the task."""
    try:
        with reporting_end(lambda message: module.fail_json(msg=message)):
            yield
    except Missing as error:
        module.fail_json(msg=missing_library_message(error.library, error.reason))
    except NetnsError as error:
        module.fail_json(msg=str(error), **error.details)
    except OSError as error:
        module.fail_json(msg=str(error))
    except KeyboardInterrupt as error:
        module.fail_json(msg=str(error) or "interrupted")
