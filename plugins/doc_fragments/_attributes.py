# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module can be relied on for. For use in this collection only."""

from __future__ import annotations


class ModuleDocFragment:
    """STATE is for modules that change something, INFO for those that only look; DOCUMENTATION goes with both."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: With C(--check) it says what it would do, and changes nothing.
    support: full
  diff_mode:
    description: With C(--diff) it shows what it changes (or would change), before and after.
  idempotent:
    description: A second run with the same options changes nothing, unless somebody else changed something in between.
    support: full
  platform:
    description: Where it works.
    support: full
    platforms: linux
  action_group:
    description: Takes the C(module_defaults) of C(group/redblue.netns.netns).
    support: full
    membership:
      - redblue.netns.netns
"""

    STATE = r"""
options: {}
attributes:
  check_mode:
    details:
      - The plan that would be carried out is the answer, so a later run does just that.
      - A namespace or an interface that an earlier task would have made may be missing. It is then taken for granted, and
        the result's C(actions) say so.
  diff_mode:
    support: full
    details: Only what the task touches is shown, nothing else of the host.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    details: It looks, and changes nothing.
  diff_mode:
    support: N/A
    details: It looks, and changes nothing.
  idempotent:
    details: It looks, and changes nothing.
"""
