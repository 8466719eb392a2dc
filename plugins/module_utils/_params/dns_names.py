# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks DNS names in rules of policies."""

from __future__ import annotations

from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily
from .._model.policy_names import WILDCARD

_LABEL = compile_lazily(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MAX_LENGTH = 253


def check_dns_name(parameter: str, value: str) -> str:
    """Check and return a name, or a pattern for all names below one, in lower case (RFC 1123).

    :raises Refused: it is neither.
    """
    if not value.isascii():
        rule = "has letters that DNS does not have; write punycode, as in xn--bcher-kva.example"
        raise Refused(parameter, value, rule)
    name = value.lower()
    if name.endswith("."):
        name = name[:-1]
    suffix = name[len(WILDCARD) :] if name.startswith(WILDCARD) else name
    labels = suffix.split(".")
    if "*" in suffix:
        raise Refused(parameter, value, "has * elsewhere than in front; write *.example.net")
    if not all(map(_LABEL.fullmatch, labels)) or len(name) > _MAX_LENGTH:
        rule = "is not a DNS name (RFC 1123); write labels of letters, digits and - with dots "
        raise Refused(parameter, value, f"{rule}between them, such as www.example.org")
    if labels[-1].isdigit():
        raise Refused(parameter, value, "is an address or a number; write {network: ADDRESS}")
    if len(labels) < 2:
        # The server asks nobody for a name without a dot, and *.org is half of the internet.
        raise Refused(parameter, value, "has one label; write two at least, as in *.example.net")
    return name
