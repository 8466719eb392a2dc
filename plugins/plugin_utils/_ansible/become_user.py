# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A become user with whom Ansible always calls the become plugin.

Ansible skips the become plugin if the become user is the login user
(``ActionBase._low_level_execute_command``). The task would then run on the host and report success.
For the become plugin of this collection the user and the namespace are independent, so it must be
called for every login user. The setting ``become_allow_same_user`` does that for the whole
controller, and no public interface does it for a single plugin.
"""

from __future__ import annotations


class BecomeUser(str):
    """A user name whose comparison by ``!=`` is always true. Ansible decides by this comparison.

    All else, such as ``==`` and ``in``, is as for other strings: Ansible uses that to find out
    whether files must be readable for a third user.
    """

    __hash__ = str.__hash__

    def __ne__(self, other: object) -> bool:
        return True
