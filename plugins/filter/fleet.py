# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter fleet: the results of many hosts in one table, those with problems first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._describe.table import align
from ansible_collections.redblue.netns.plugins.module_utils._model.text import escape_text
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import mark_unsafe

_MAX_LENGTH = 160
_SEVERITIES = ("error", "warning", "info", "never")
NOT_OK = "not ok"
UNREACHABLE = "unreachable"
OK = "ok"


class _Row(NamedTuple):
    state: str
    host: str
    text: str


def _read_result(host: str, result: Any, fails_at: str) -> _Row:
    """The row of a host."""
    if not isinstance(result, Mapping) or not result or result.get("unreachable"):
        return _Row(UNREACHABLE, host, "")
    if "reached" in result:
        is_ok = fails_at not in result["reached"]
        is_ok = is_ok and (bool(result.get("complete", True)) or fails_at == "never")
    else:
        is_ok = bool(result.get("ok", False))
    lines = str(result.get("summary") or result.get("msg") or "").strip().splitlines()
    text = lines[0] if lines else "no result"
    if len(text) > _MAX_LENGTH:
        text = f"{text[: _MAX_LENGTH - 4]} ..."
    return _Row(OK if is_ok else NOT_OK, host, text)


def fleet(results: Any, fails_at: Any = "error") -> str:
    """The results of hosts in one table.

    :param results: by host name, what netns_doctor_info or netns_probe_info returned; None for a
        host that was not reached.
    :param fails_at: the least severity of a finding with which a host is not ok, or never.
    :raises AnsibleFilterError: the input is not a dictionary, or the severity is none.
    """
    if not isinstance(results, Mapping):
        raise AnsibleFilterError("fleet: the input is not a dictionary of results by host name")
    if fails_at not in _SEVERITIES:
        raise AnsibleFilterError(
            f"fleet: fails_at: '{fails_at}': is not one of {', '.join(_SEVERITIES)}"
        )
    rows = [_read_result(str(host), result, fails_at) for host, result in results.items()]
    listed = [row for state in (NOT_OK, UNREACHABLE) for row in rows if row.state == state]
    counts = {state: sum(row.state == state for row in rows) for state in (OK, NOT_OK, UNREACHABLE)}
    table = [["HOST", "STATE", "SUMMARY"]] + [[row.host, row.state, row.text] for row in listed]
    # The texts come from hosts: no escape sequences, and no templates.
    lines = align([[escape_text(cell) for cell in cells] for cells in table]) if listed else []
    numbers = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
    total = f"{len(rows)} host{'' if len(rows) == 1 else 's'}: {numbers or 'none'}"
    return mark_unsafe("\n".join([*lines, total]) + "\n")


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"fleet": fleet}
