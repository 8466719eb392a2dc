#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: veth
short_description: veth
description:
  - To be written.
author:
  - redblue.netns contributors (@redblue)
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.redblue.netns.plugins.module_utils._args import STATE, VETH_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._module import run_module
from ansible_collections.redblue.netns.plugins.module_utils._wish import wish_veth


def main() -> None:
    run_module({**VETH_SPEC, **STATE}, wish_veth)


if __name__ == "__main__":
    main()
