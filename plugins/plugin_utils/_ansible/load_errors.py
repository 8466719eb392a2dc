# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explains why Ansible's ``DataLoader`` cannot load a text, without showing the text.

The messages of Ansible contain the lines around the error, and these may contain secrets.
"""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.parsing.vault import AnsibleVaultError


def explain_load_error(error: BaseException) -> str:
    """The kind of the error, and its position if it is known."""
    for cause in _list_causes(error):
        if isinstance(cause, AnsibleVaultError):
            return "contains an encrypted value that cannot be decrypted"
        mark = getattr(cause, "problem_mark", None)
        if mark is not None:
            place = f"line {mark.line + 1}, column {mark.column + 1}"
            return f"is neither JSON nor YAML: {place}"
    return "is neither JSON nor YAML"


def _list_causes(error: BaseException | None) -> list[BaseException]:
    """The error and those that it was raised for. Before 2.19 an AnsibleError has ``orig_exc``."""
    causes: list[BaseException] = []
    while error is not None and error not in causes:
        causes.append(error)
        original = getattr(error, "orig_exc", None) if isinstance(error, AnsibleError) else None
        error = original or error.__cause__ or error.__context__
    return causes
