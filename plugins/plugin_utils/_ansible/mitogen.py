# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a plugin is called by Mitogen instead of by ansible-core.

Mitogen replaces connections and become. It knows sudo, su and doas, and asks every other become
plugin for its options, and then ends in a KeyError. Its connections are only in the place of those
that are named without C(ansible.builtin).
"""

from __future__ import annotations

import sys


def is_called_by_mitogen() -> bool:
    """Whether the function that calls this one was called by Mitogen."""
    caller = sys._getframe(2)
    return str(caller.f_globals.get("__name__")).startswith("ansible_mitogen.")
