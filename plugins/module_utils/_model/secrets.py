# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds secrets in options as they were written, also where they do not belong.

A key can be under a misspelt option, or in a text in the place of a list. What may be a secret is
shown nowhere, because a log cannot be taken back.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .lazy_pattern import compile_lazily

NETWORK = "network"
"""An option that may be a network configuration of CNI, in which any key may be a secret's."""
ENVIRONMENT = "environment"
"""An option whose values may be secrets. Most are words that occur elsewhere, such as numbers."""
SECRETS = frozenset({"private_key", "preshared_key", ENVIRONMENT})
"""Options with ``no_log``. Their values are never shown. They have no other name in any module."""

HIDDEN = "(hidden)"

_KEY = compile_lazily(r"[A-Za-z0-9+/]{43}=")
"""A WireGuard key in base64, secret or public."""
_KEY_LENGTH = 44
_LONG_KEY = 8
"""Letters of a dictionary's key that may be a secret itself."""
_LONG_VALUE = 8
"""Letters of the value of a variable that is hidden wherever it occurs, and not only in options."""
_SHORTEST = 4
"""Letters of a text in a network configuration that is hidden wherever it occurs."""
_PUBLIC = "public_key"
_SHOWN = (_PUBLIC, "private_key_file", "preshared_key_file")
CONTAINERS = frozenset({"netns_link", "peers", "processes", "range", "topology"})
"""Options with secrets in their items. A text in the place of one may be a secret."""
_WORDS = ("key", "priv", "shared", "psk", "secret", "passw")
_ASSIGNMENT = compile_lazily(
    r"(?:priv\w*|shared|psk|secret|passw\w*)[ _-]?(?:key)?[\"']?\s*[:=]", re.IGNORECASE
)
"""A secret in a text, such as a line of a configuration file of WireGuard, YAML or JSON."""


@lru_cache(maxsize=1024)
def may_be_secret(name: str) -> bool:
    """Whether an option of that name may be meant as a secret one."""
    if name in _SHOWN:
        return False
    letters = re.sub("[^a-z]", "", name.lower())
    if letters == "publickey":
        return False
    if any(word in letters for word in _WORDS):
        return True
    import difflib  # takes 3 ms, and only an invalid task needs it

    return bool(difflib.get_close_matches(name, SECRETS, 1))


def redact(value: Any, name: str = "") -> Any:
    """The value of an option for a message, without what may be a secret.

    :param name: of the option, or its path. A public key may have the form of a secret one.
    """
    option = name.rpartition(".")[2].partition("[")[0]
    if value is not None and value != HIDDEN and may_be_secret(option):
        return HIDDEN
    if isinstance(value, dict):
        return {redact(key): redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(redact(item, name) for item in value)
    if not isinstance(value, str) or option == _PUBLIC:
        return value
    if option in CONTAINERS or _ASSIGNMENT.search(value):
        return HIDDEN
    return _KEY.sub(HIDDEN, value)


def find_secrets(value: Any, is_invalid: bool = False) -> set[str]:
    """The texts at any depth of options as they were written that are or may be secrets.

    If a secret option is a list or a dictionary by mistake, all values in it are secret.

    :param is_invalid: whether the task fails because of its options. Then a name may be misspelt.
    """
    found: set[str] = set()
    _collect(value, "", False, is_invalid, found)
    return found


def _collect(value: Any, name: str, is_secret: bool, is_invalid: bool, found: set[str]) -> None:
    if isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, name, is_secret, is_invalid, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == ENVIRONMENT and isinstance(item, dict):
                _collect_variables(item, found)
                continue
            if key == NETWORK and isinstance(item, (dict, list)):
                _collect_values(item, str(key), found)
                continue
            secret = is_secret or key in SECRETS or (is_invalid and may_be_secret(str(key)))
            _collect(item, str(key), secret, is_invalid, found)
            if is_secret and len(str(key)) >= _LONG_KEY:
                found.add(str(key))
    elif (is_secret and value is not None) or (
        is_invalid and isinstance(value, str) and name in CONTAINERS
    ):
        _add(str(value), found)
    elif isinstance(value, str) and len(value) >= _KEY_LENGTH and name != _PUBLIC:
        found.update(_KEY.findall(value))
        if _ASSIGNMENT.search(value):
            _add(value, found)


def _collect_values(value: Any, name: str, found: set[str]) -> None:
    """The texts in a network configuration whose keys look like those of secrets."""
    if isinstance(value, dict):
        for key, item in value.items():
            _collect_values(item, str(key), found)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect_values(item, name, found)
    elif isinstance(value, str) and len(value) >= _SHORTEST and may_be_secret(name):
        _add(value, found)


def _collect_variables(variables: dict[Any, Any], found: set[str]) -> None:
    for value in variables.values():
        if len(str(value)) >= _LONG_VALUE:
            _add(str(value), found)


def hide_environments(value: Any) -> Any:
    """Options without the values of environment variables, at any depth."""
    if isinstance(value, dict):
        return {
            key: redact(item, ENVIRONMENT) if key == ENVIRONMENT else hide_environments(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [hide_environments(item) for item in value]
    # A list may be written as a text, in JSON.
    return HIDDEN if isinstance(value, str) and ENVIRONMENT in value else value


def _add(text: str, found: set[str]) -> None:
    """Add a text, and the forms in which it is part of another: lines, and as Python writes it."""
    lines = [line.strip() for line in text.splitlines()]
    found.update(form for form in (text, repr(text)[1:-1], *lines) if form)
