# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: a fleet of booted machines for all tests, and a controller."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from booted.controller import Controller, names
from booted.fleet import boot_machines, boot_virtual_machine, explain_skip, inventory_of
from booted.machine import Machine

_COUNT = 3
_BASE = Path(os.environ.get("FLEET", ".cache/fleet"))
_RELEASES = ("bookworm", "trixie")
"""The second one may be missing."""


@pytest.fixture(scope="session")
def machines() -> Iterator[list[Machine]]:
    """Three machines that are up, of both releases, or a virtual machine."""
    reason = explain_skip(_BASE / _RELEASES[0])
    if reason:
        pytest.skip(reason)
    if "DISK" in os.environ:
        kernel, disk = (Path(os.environ[name]).resolve() for name in ("KERNEL", "DISK"))
        with boot_virtual_machine(_BASE / _RELEASES[0], disk, kernel) as machine:
            yield [machine]
        return
    roots = [_BASE / release for release in _RELEASES if not explain_skip(_BASE / release)]
    with boot_machines(roots, names(_COUNT)) as machines:
        yield machines


@pytest.fixture
def controller(machines: list[Machine], tmp_path: Path) -> Controller:
    """A controller that reaches all machines as root."""
    return Controller(tmp_path, inventory_of(machines))
