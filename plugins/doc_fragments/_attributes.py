# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes of the modules: check mode, diff mode, idempotence. Private to this collection."""

from __future__ import annotations


class ModuleDocFragment:
    """DOCUMENTATION is for all modules, STATE for modules that change the host, INFO for others."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: >-
      Can run in check mode (C(--check)) and return what would be changed, without changing
      anything.
    support: full
  diff_mode:
    description: Can return what was changed, or would be changed in check mode, with C(--diff).
  idempotent:
    description:
      - A second run with the same options changes nothing, unless something else changed the host
        in between.
    support: full
  platform:
    description: Platforms that the module supports.
    support: full
    platforms: linux
"""

    STATE = r"""
options: {}
attributes:
  check_mode:
    details:
      - The result is the plan that a run without check mode would carry out.
      - A namespace or an interface that an earlier task would have created may not exist yet. The
        module then assumes that it exists, and the result's C(actions) say so.
  diff_mode:
    support: full
    details: The diff contains only objects that the task touches.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    details: The module does not change anything.
  diff_mode:
    support: N/A
    details: The module does not change anything.
  idempotent:
    details: The module does not change anything.
"""

    ALL = r"""
options: {}
attributes:
  action_group:
    description: >-
      Use C(group/redblue.netns.all) in C(module_defaults) to set
      defaults for this module.
    support: full
    membership:
      - redblue.netns.all
"""

    LINKS = r"""
options: {}
attributes:
  action_group:
    description: >-
      Use C(group/redblue.netns.all)
      or C(group/redblue.netns.links) in C(module_defaults) to set
      defaults for this module.
    support: full
    membership:
      - redblue.netns.all
      - redblue.netns.links
"""

    NAT = r"""
options: {}
attributes:
  action_group:
    description: >-
      Use C(group/redblue.netns.all)
      or C(group/redblue.netns.nat) in C(module_defaults) to set
      defaults for this module.
    support: full
    membership:
      - redblue.netns.all
      - redblue.netns.nat
"""
