# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Marks strings as templates, which ansible-core requires since 2.19.

Before, every string of an inventory is a template, and there is no function to mark it.
"""

from __future__ import annotations

try:
    from ansible.template import trust_as_template as _trust
except ImportError:

    def _trust(value: str) -> str:
        return value


def trust_as_template(value: str) -> str:
    """The string, in which Ansible renders templates."""
    trusted: str = _trust(value)
    return trusted
