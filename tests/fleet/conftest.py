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
from booted.fleet import boot_machines, explain_skip, inventory_of
from booted.machine import Machine

_COUNT = 3


@pytest.fixture(scope="session")
def root() -> Path:
    """The directory with the files of all machines."""
    path = Path(os.environ.get("FLEET", ".cache/fleet/bookworm"))
    reason = explain_skip(path)
    if reason:
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def machines(root: Path) -> Iterator[list[Machine]]:
    """Three machines that are up."""
    with boot_machines(root, names(_COUNT)) as machines:
        yield machines


@pytest.fixture
def controller(machines: list[Machine], tmp_path: Path) -> Controller:
    """A controller that reaches all machines as root."""
    return Controller(tmp_path, inventory_of(machines))
