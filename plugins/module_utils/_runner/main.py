# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``redblue-netns``."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn, Union

from .._ansiballz import CODE_FILE, cache_code
from .._host.persistent_files import list_labs, write_file
from .._model.errors import NetnsError, describe_exception
from .._model.persistence import RUNNER_DIRECTORY, HostFile
from .._model.text import escape_text
from . import runs
from .labs import read_lab, select_labs
from .output import print_error, print_event, print_json, print_reports, print_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

Options = Union["argparse.Namespace", SimpleNamespace]


def _parse_check(arguments: Sequence[str]) -> Options | None:
    """The options of a plain ``check``, which monitors call often; None for anything else.

    To load ``argparse`` and to describe all commands to it takes a tenth of a check.
    """
    if not arguments or arguments[0] != "check":
        return None
    flags = {word for word in arguments[1:] if word.startswith("-")}
    names = [word for word in arguments[1:] if word not in flags]
    if not flags <= {"--json", "--diff"}:
        return None
    return SimpleNamespace(
        command="check",
        names=names,
        json="--json" in flags,
        diff="--diff" in flags,
        prometheus=None,
    )


def main(arguments: Sequence[str]) -> int:
    """Run the command.

    :returns: its exit status.
    """
    options: Options | None = _parse_check(arguments)
    if options is None:
        from .arguments import parse_arguments  # which loads argparse

        options = parse_arguments(arguments)
    try:
        return _COMMANDS[options.command](options)
    except (NetnsError, OSError, KeyboardInterrupt) as error:
        print_error(f"redblue-netns: {describe_exception(error)}")
    except Exception as error:
        # Python would end with status 1, which says that something differs.
        sys.excepthook(type(error), error, error.__traceback__)
    return runs.FAILED


def end(status: int) -> NoReturn:
    """End this process at once: to free each object first takes a fifth of a check's time.

    Output that cannot be written is a failure.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        print_error(f"redblue-netns: {describe_exception(error)}")
        status = runs.FAILED
    os._exit(status)


def _list(options: Options) -> int:
    labs, status = [], runs.DECLARED
    for name in list_labs():
        try:
            labs.append(read_lab(name))
        except NetnsError as error:  # The others are listed all the same.
            print_error(f"redblue-netns: {describe_exception(error)}")
            status = runs.FAILED
    if options.json:
        print_json([{"name": lab.name, **lab.applied, "watch": lab.watch} for lab in labs])
        return status
    for lab in labs:
        # Each is a part of one line.
        by, at = (escape_text(str(lab.applied.get(key) or "unknown")) for key in ("by", "at"))
        watch = f"  watch: {lab.watch}" if lab.watch else ""
        print_text(f"{lab.name}  applied {at} by {by}{watch}")
    return status


def _check(options: Options) -> int:
    reports = [runs.check(name) for name in select_labs(options.names)]
    status = print_reports(reports, options.json, options.diff)
    if options.prometheus is not None:
        from .metrics import compose_metrics, observe, write_metrics  # which loads much

        observed = [observe(report) for report in reports]
        write_metrics(options.prometheus, compose_metrics(observed, time.time()))
    return status


def _apply(options: Options) -> int:
    reports = [runs.apply(name, options.wait, print_error) for name in select_labs(options.names)]
    _cache_code_for_boot()
    return print_reports(reports, options.json, options.diff)


def _cache_code_for_boot() -> None:
    """Cache what was compiled, also where the units find it at boot: they are in a hurry then."""
    content = cache_code()
    if content is not None:
        with contextlib.suppress(OSError, NetnsError):
            write_file(HostFile(f"{RUNNER_DIRECTORY}/{CODE_FILE}", content, 0o600))


def _show(options: Options) -> int:
    labs = [read_lab(name) for name in select_labs(options.names)]
    shown: list[dict[str, Any]] = [{"name": lab.name, **lab.declared} for lab in labs]
    print_json(shown if options.json else shown[0] if len(shown) == 1 else shown)
    return runs.DECLARED


def _doctor(options: Options) -> int:
    from .doctor import run_doctor  # which loads much

    return run_doctor(select_labs(options.names), options.json)


def _remove(options: Options) -> int:
    reports = [runs.remove(name) for name in select_labs(options.names)]
    return print_reports(reports, options.json, with_diff=False)


def _watch(options: Options) -> int:
    from .watch import Watch

    (name,) = select_labs(options.names)
    return Watch(name, partial(print_event, name, options.json)).run()


_COMMANDS = {
    "list": _list,
    "check": _check,
    "apply": _apply,
    "show": _show,
    "doctor": _doctor,
    "remove": _remove,
    "watch": _watch,
}
