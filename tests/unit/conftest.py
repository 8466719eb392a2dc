# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drawn examples have no time limits: how fast the machine is is no matter of a unit test.

The tests of one process share what they have computed.
"""

from __future__ import annotations

import importlib.util

import pytest

# `make cores` runs some unit tests where Hypothesis is not installed. These draw nothing.
if importlib.util.find_spec("hypothesis"):
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    """Keep ansible-test from running each test in a process of its own.

    That took most of the time: what one test has computed, and its module has cached, was lost for
    the next. No test here needs it; with pytest alone they share a process, too.
    """
    plugins = config.pluginmanager
    if plugins.has_plugin("ansible_forked"):
        plugins.unregister(name="ansible_forked")
