# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Marks strings as templates, which ansible-core requires since 2.19, or as plain text.

Before, every string of an inventory is a template unless it is marked as unsafe, and there is no
function to mark a template.
"""

from __future__ import annotations

from typing import TypeVar

from ansible.utils.unsafe_proxy import wrap_var

Value = TypeVar("Value")

try:
    from ansible.template import trust_as_template as _trust
except ImportError:

    def _trust(value: str) -> str:
        return value


def trust_as_template(value: str) -> str:
    """The string, in which Ansible renders templates."""
    trusted: str = _trust(value)
    return trusted


def mark_unsafe(value: Value) -> Value:
    """The value with all its strings marked, so that no version of Ansible renders them.

    The function that marks them is documented for plugins, and takes any value.
    """
    marked: Value = wrap_var(value)
    return marked
