# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of an inventory host while the inventory is read.

The variables of files in ``group_vars`` and ``host_vars`` are not yet part of the inventory then.
The plugin ``ansible.builtin.constructed`` reads them with the same functions, and there are no
others: the public methods of an inventory plugin return only variables of the inventory's sources.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ansible import constants
from ansible.inventory.helpers import get_group_vars
from ansible.utils.vars import combine_vars, load_extra_vars
from ansible.vars.plugins import get_vars_from_inventory_sources

Variables = dict[str, Any]


def read_host_variables(inventory: Any, loader: Any, host: Any) -> Variables:
    """The variables of a host and its groups, from the inventory and from the files beside it.

    :param inventory: the ``InventoryData`` that the inventory plugin got.
    :param host: one of its hosts.
    """
    sources = getattr(inventory, "processed_sources", None) or []
    groups = host.get_groups()
    variables: Variables = {"inventory_hostname": host.name}
    for entities, own in ((groups, get_group_vars(groups)), ([host], host.get_vars())):
        from_files = get_vars_from_inventory_sources(loader, sources, entities, "all")
        variables = combine_vars(combine_vars(variables, own), from_files)
    return variables


def add_play_variables(inventory: Any, loader: Any, variables: Variables) -> Variables:
    """The variables of a host with those that every play has, which its templates may use.

    Those of the command line (``-e``) have precedence, as in a play.
    """
    return {
        **variables,
        "ansible_config_file": constants.CONFIG_FILE,
        "ansible_playbook_python": sys.executable,
        "groups": inventory.get_groups_dict(),
        "playbook_dir": os.path.abspath(loader.get_basedir()),
        **load_extra_vars(loader),
    }
