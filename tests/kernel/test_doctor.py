# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab is broken by plain commands, in one way at a time; the doctor names that way first, and finds nothing where nothing is broken."""

from __future__ import annotations

from doctor_lab import DOCKER, ask, sh
from drive import LAB, run
from nat_lab import filter_bridges, sysctl


def test_a_healthy_lab(host: None) -> None:
    run("topology", **LAB)
    assert ask(LAB) == []
    assert ask() == []


def test_a_healthy_lab_beside_docker(host: None) -> None:
    sh(DOCKER)
    run("topology", **LAB, integrate=["docker"])
    assert ask({**LAB, "integrate": ["docker"]}) == []
    assert ask() == []
