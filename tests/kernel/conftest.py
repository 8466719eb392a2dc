# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kernel test has a host of its own, and leaves it to nobody."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from private_host import leave_the_machine, private_host


@pytest.fixture(scope="session")
def own_process() -> None:
    """The test process itself lives in private hosts, once for each pytest process."""
    if not os.path.isdir("/run/tree"):
        pytest.exit("kernel tests run in a private host: tests/bin/private-host pytest tests/kernel", returncode=4)
    leave_the_machine()
    # Whoever runs in the background of a shell without job control is born deaf to this signal, and some tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def host(own_process: None) -> Iterator[None]:
    """A fresh host: loopback, and nothing else."""
    with private_host():
        yield
