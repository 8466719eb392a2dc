# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates kernel parameters, and returns them as the kernel will return them when read.

If the kernel returned another text, each run would set the parameter again.
"""

from __future__ import annotations

import re
from typing import Any

from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily
from .._model.ranges import format_range
from .._model.sysctl_effects import name_in_other_unit, other_name

_KEY = compile_lazily(r"net\.[A-Za-z0-9_]+(\.[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)+")
_INCOMPLETE = compile_lazily(r"net/ipv[46]/(conf|neigh)(/|$)(?![^/]+/[^/]+$)")
"""A parameter of an interface, without the name of the interface or of the parameter."""
_VALUE = compile_lazily(r"[A-Za-z0-9 \t_.,:/+-]{1,200}", re.ASCII)
_NOT_DECIMAL = compile_lazily(r"([+-]?)(0[0-9]+|0[xX][0-9a-fA-F]+)", re.ASCII)
_LEADING_ZEROS = compile_lazily(r"mask|bitmap|key")
"""Parameters that the kernel itself writes with leading zeros."""
_PORTS = "net/ipv4/ip_local_reserved_ports"
_WRITE_ONLY = ("net/ipv4/route/flush", "net/ipv6/route/flush")


def check_sysctl(parameter: str, key: str, value: Any) -> tuple[str, str]:
    """Check and return a kernel parameter of a network namespace, as (path below /proc/sys, value).

    As in sysctl(8), a slash in the key stands for a dot in an interface's name:
    net.ipv4.conf.lab/100.rp_filter.
    """
    if not _KEY.fullmatch(key):
        raise Refused(parameter, key, f"is not a network sysctl; {_find_form(key)}")
    path = key.translate({ord("."): "/", ord("/"): "."})
    if _INCOMPLETE.match(path):
        rule = "is not complete; write net.ipv4.conf.INTERFACE.PARAMETER"
        raise Refused(parameter, key, rule)
    option = f"{parameter}.{key}"
    if isinstance(value, bool):
        rule = f"is neither an integer nor a string; write {int(value)}"
        raise Refused(option, value, rule)
    if not isinstance(value, (int, str)):
        raise Refused(option, value, "is neither an integer nor a string")
    text = str(value)
    if not text.strip():
        raise Refused(option, value, "is empty")
    if not _VALUE.fullmatch(text):
        raise Refused(option, value, "has characters that are not valid in a sysctl")
    return path, _normalize(option, path, value, " ".join(text.split()))


def _find_form(key: str) -> str:
    """The right form of a key, also of one with slashes, as in a path or in sysctl.conf(5)."""
    path = key.strip().removeprefix("/proc/sys/").lstrip("-")
    dotted = path.translate({ord("."): "/", ord("/"): "."})
    is_path = path.partition("/")[0] == "net" and _KEY.fullmatch(dotted)
    return f"write {dotted}" if is_path else "write it like net.ipv4.ip_forward"


def check_no_contradiction(parameter: str, values: dict[str, str]) -> None:
    """Check that no parameter is set twice, under two names.

    :param values: by path below /proc/sys.
    :raises Refused: one is, with different values or in different units.
    """
    for path, value in values.items():
        key, other = path.replace("/", "."), other_name(path)
        if other is not None and values.get(other, value) != value:
            rule = f"is the same parameter as {other.replace('/', '.')}, which is {values[other]}"
            raise Refused(f"{parameter}.{key}", value, rule)
        finer = name_in_other_unit(path)
        if finer in values:
            rule = f"is the same parameter as {finer.replace('/', '.')}; set one of them"
            raise Refused(f"{parameter}.{key}", value, rule)


def _normalize(parameter: str, path: str, value: Any, text: str) -> str:
    if path in _WRITE_ONLY:
        rule = "is a write-only parameter, so its value cannot be compared"
        raise Refused(parameter, value, rule)
    if path == _PORTS:
        return _normalize_ports(parameter, value, text)
    if not _LEADING_ZEROS.search(path):
        for word in text.split():
            _refuse_not_decimal(parameter, value, word)
    return text


def _refuse_not_decimal(parameter: str, value: Any, word: str) -> None:
    match = _NOT_DECIMAL.fullmatch(word)
    if not match:
        return
    sign, digits = match.groups()
    try:
        number = int(digits, 16 if digits[1] in "xX" else 8)
    except ValueError:
        rule = f"{word} begins with 0, which means octal, and is not an octal number"
        raise Refused(parameter, value, rule) from None
    rule = f"the kernel returns {word} in another form; write {sign.strip('+')}{number}"
    raise Refused(parameter, value, rule)


def _normalize_ports(parameter: str, value: Any, text: str) -> str:
    """Return a list of ports and ranges, sorted and merged."""
    ranges: list[list[int]] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if (
            not re.fullmatch(r"[0-9]{1,5}(-[0-9]{1,5})?", part, re.ASCII)
            or not int(first) <= int(last if dash else first) <= 65535
        ):
            raise Refused(parameter, value, "is not a list of ports; write it like 8080,9000-9100")
        ranges.append([int(first), int(last if dash else first)])
    merged: list[list[int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    return ",".join(format_range(low, high) for low, high in merged)
