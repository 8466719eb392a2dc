# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All kinds of resources, of all files of ``_model``."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

from ansible_collections.redblue.netns.plugins.module_utils import _model
from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import Address
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    ForwardingEnabled,
    NatBackend,
    SavedSysctl,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import StaleName
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import HostFile
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import Resource

for _file in pkgutil.iter_modules(_model.__path__):
    import_module(f"{_model.__name__}.{_file.name}")


def list_kinds(base: type) -> set[type]:
    """The kinds that are derived from a class, or the class itself if it is one."""
    # ``fast_dataclass`` replaces the class that it decorates.
    subclasses: list[type] = base.__subclasses__()
    derived = [each for each in subclasses if _is_current(each)]
    return {kind for each in derived for kind in list_kinds(each)} if derived else {base}


def _is_current(kind: type) -> bool:
    return vars(sys.modules[kind.__module__]).get(kind.__name__) is kind


RESOURCES = list_kinds(Resource)
NOT_IN_TASKS = {Address, HostFile, StaleName, ForwardingEnabled, SavedSysctl, NatBackend}
"""The kinds that no task can ask for: only plans and observations contain them."""
