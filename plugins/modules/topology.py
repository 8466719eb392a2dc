#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: topology
short_description: topology
description:
  - To be written.
author:
  - redblue.netns contributors (@redblue)
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.redblue.netns.plugins.module_utils._args import STATE, TOPOLOGY_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._module import run_module
from ansible_collections.redblue.netns.plugins.module_utils._topology import finish_topology, wish_topology


def main() -> None:
    run_module({**TOPOLOGY_SPEC, **STATE}, wish_topology, finish_topology)


if __name__ == "__main__":
    main()
