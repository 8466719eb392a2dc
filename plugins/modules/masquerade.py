#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: masquerade
short_description: masquerade
description:
  - To be written.
author:
  - redblue.netns contributors (@redblue)
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.redblue.netns.plugins.module_utils._args import MASQUERADE_SPEC, STATE
from ansible_collections.redblue.netns.plugins.module_utils._module import run_module
from ansible_collections.redblue.netns.plugins.module_utils._wish import wish_masquerade


def main() -> None:
    run_module({**MASQUERADE_SPEC, **STATE}, wish_masquerade)


if __name__ == "__main__":
    main()
