# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter drift: which hosts are not as declared, in one report. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import mark_unsafe
from ansible_collections.redblue.netns.plugins.plugin_utils._drift.formats import FORMATS
from ansible_collections.redblue.netns.plugins.plugin_utils._drift.reports import read_reports


def drift(checked: Any, listed: Any = None, compared: Any = None, format: Any = "text") -> str:
    """A report on the topologies of many hosts.

    :param checked: by host, the result of ``redblue-netns check --json``.
    :param listed: by host, the result of ``redblue-netns list --json``.
    :param compared: by host, the result of a loop over the module topology in check mode.
    :raises AnsibleFilterError: an input is not a dictionary, or the format is unknown.
    """
    if format not in FORMATS:
        raise AnsibleFilterError(f"drift: format: {format!r}: is not one of {', '.join(FORMATS)}")
    for results in (checked, listed or {}, compared or {}):
        if not isinstance(results, Mapping):
            raise AnsibleFilterError("drift: the input is not a dictionary of results by host name")
    reports = read_reports(checked, listed or {}, compared or {})
    return mark_unsafe(FORMATS[format](reports))


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"drift": drift}
