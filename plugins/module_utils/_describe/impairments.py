# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Impairments in messages."""

from __future__ import annotations

from .._model.impairments import Impairment, format_options


def describe_impairment(impairment: Impairment) -> str:
    """The options of an impairment, as in ``delay 10ms, loss 1%``."""
    return ", ".join(f"{name} {value}" for name, value in format_options(impairment).items())
