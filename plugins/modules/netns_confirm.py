#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_confirm
short_description: Confirm that a host can still be reached after a topology changed it
version_added: 1.0.0
description:
  - A task of M(redblue.netns.topology) with O(redblue.netns.topology#module:confirm_timeout) is
    undone by the host unless it is confirmed. This module confirms it.
  - The action plugin of M(redblue.netns.topology) does that by itself, over a new connection. This
    module is for tasks in the background (C(async)), and for tools that call modules directly.
  - A confirmation over the SSH connection of the task itself is refused, because that connection
    may work although a new one would not. C(ansible.builtin.meta) with C(reset_connection) closes
    it.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._common
  - redblue.netns._attributes
attributes:
  check_mode:
    details: In check mode no task waits for a confirmation, so nothing is confirmed.
  diff_mode:
    support: N/A
    details: The module does not change anything.
  idempotent:
    support: none
    details: A second run fails, because nothing waits for its confirmation any more.
options:
  name:
    description: The name of the topology.
    type: str
    required: true
  token:
    description:
      - The token that the task returned (RV(redblue.netns.topology#module:confirmation)). Without
        it, whichever run of this topology waits is confirmed.
    type: str
seealso:
  - module: redblue.netns.topology
"""

EXAMPLES = r"""
- name: Change the network in the background
  redblue.netns.topology:
    name: lab
    confirm_timeout: 60
    netns: [{name: red}]
  async: 300
  poll: 0

- name: Give up the connection of that task
  ansible.builtin.meta: reset_connection

- name: Confirm it over a new connection, as soon as it waits
  redblue.netns.netns_confirm:
    name: lab
  register: confirmed
  until: confirmed is success
  retries: 60
  delay: 1
"""

RETURN = r"""
confirmed:
  description: Whether a run was confirmed. Only in check mode it was not; other failures fail.
  returned: success
  type: bool
  sample: true
"""

from ansible_collections.redblue.netns.plugins.module_utils import _ansiballz

_ansiballz.prepare()

from ansible_collections.redblue.netns.plugins.module_utils._module.confirm import run_confirm


def main() -> None:
    run_confirm()


if __name__ == "__main__":
    main()
