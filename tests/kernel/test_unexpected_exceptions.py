# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions that no code expects, at any function of a run: the run is rolled back."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.changes import Change
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.faults import stable_snapshot
from support.snapshot import differences
from support.tasks import LAB, Raw, run, run_on

_RED: Raw = {
    "name": "red",
    "nameservers": ["192.0.2.53"],
    "sysctls": {"net.ipv4.ip_forward": 1},
}
_BEFORE: Raw = {**LAB, "purge": True, "netns": [_RED, {"name": "blue"}]}
_CHANGED: Raw = {
    **_BEFORE,
    "purge": True,
    "netns": [
        {**_RED, "nameservers": ["192.0.2.54"], "sysctls": {"net.ipv4.ip_forward": 0}},
        {"name": "blue"},
        {"name": "green"},
    ],
    "veth": [{**LAB["veth"][0], "mtu": 1400}, LAB["veth"][1]],
    "dnat": [],
}
_ABSENT: Raw = {"name": "lab", "state": "absent"}


class _FailingHost(LinuxHost):
    """A host whose first ``apply`` raises an exception at a call of that number."""

    def __init__(self, number: int, error: type[Exception]) -> None:
        super().__init__()
        self.calls_left, self._error = number, error

    def _count_call(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and "/module_utils/_" in frame.f_code.co_filename:
            self.calls_left -= 1
            if not self.calls_left:
                sys.setprofile(None)
                raise self._error("injected")

    def apply(self, changes: Sequence[Change], journal: list[Change]) -> None:
        if self.calls_left > 0:
            sys.setprofile(self._count_call)
        try:
            super().apply(changes, journal)
        finally:
            sys.setprofile(None)


def _fail_at_call(number: int, error: type[Exception], raw: Raw) -> str | None:
    """Run a topology in a process of its own, which takes along what the exception left open.

    Return its message, "ignored" if nothing depends on that call, and None if there is none.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        failing_host = _FailingHost(number, error)
        try:
            run_on(failing_host, "topology", **raw)
            if failing_host.calls_left <= 0:
                os.write(writer, b"ignored")
        except Failed as failure:
            os.write(writer, str(failure).encode())
        except BaseException:
            os.write(writer, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as file:
        message = file.read()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return message or None


@pytest.mark.parametrize(
    ("first", "raw", "error", "step"),
    [
        (_ABSENT, _BEFORE, MemoryError, 43),
        (_BEFORE, _CHANGED, RecursionError, 11),
        (LAB, _ABSENT, ValueError, 17),
    ],
    ids=["create", "change", "remove"],
)
def test_an_exception_at_any_call_is_rolled_back(
    host: None, first: Raw, raw: Raw, error: type[Exception], step: int
) -> None:
    run("topology", **first)
    before = stable_snapshot()
    number = step
    failed = 0
    while True:
        message = _fail_at_call(number, error, raw)
        if message is None:
            break
        number += step
        if message == "ignored":
            run("topology", **first)
            before = stable_snapshot()
            continue
        failed += 1
        assert "undone" in message or "nothing had been changed" in message, (number, message)
        assert "could not be undone" not in message, (number, message)
        found = differences(before, stable_snapshot())
        assert found == {}, (number, message, found)
    assert failed > 5
    assert not run("topology", **raw)["changed"]
