# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates the option host_access: what a topology may reach of the host itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.host_access import (
    ESTABLISHED,
    ICMP,
    PROTOCOLS,
    join_service,
    order_allowed,
    split_service,
)
from .._model.lazy_pattern import compile_lazily
from .ports import check_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ALL, NONE = "all", "none"
_SERVICE = compile_lazily(r"([^/]*)(?:/(tcp|udp|sctp))?")
_WITHOUT_PROTOCOL = ("tcp", "udp")
"""The protocols of a port that names none."""
_FORMS = (
    "write all, none, established, or a list of ports such as 53/udp, 22/tcp or 8000-8010, "
    "with icmp for ping"
)

_Span = tuple[int, int]


def check_host_access(parameter: str, values: Sequence[str]) -> tuple[str, ...] | None:
    """Check the words of the option, and return what is allowed (``HostAccess.allowed``).

    :return: None if everything is allowed.
    :raises Refused: with the path of the word that is wrong.
    """
    if not values:
        raise Refused(parameter, [], f"is empty; {_FORMS}")
    for word in (ALL, NONE):
        if word in values and any(value != word for value in values):
            raise Refused(parameter, list(values), f"{word} stands alone; {_FORMS}")
    if values[0] in (ALL, NONE):
        return None if values[0] == ALL else ()
    # What may be asked for must be answered, and so must be what the host itself asks for.
    words = {ESTABLISHED}
    spans: dict[str, list[_Span]] = {protocol: [] for protocol in PROTOCOLS}
    for index, value in enumerate(values):
        if value == ICMP:
            words.add(ICMP)
        elif value != ESTABLISHED:
            _add_ports(f"{parameter}[{index}]", value, spans)
    for protocol, found in spans.items():
        words.update(join_service(protocol, *span) for span in _merge(found))
    return order_allowed(words)


def allow_services(allowed: tuple[str, ...], services: Sequence[str]) -> tuple[str, ...]:
    """Return what is allowed, and these ports of the host besides.

    :param services: words such as ``53/udp``.
    """
    spans: dict[str, list[_Span]] = {protocol: [] for protocol in PROTOCOLS}
    for word in (*allowed, *services):
        if "/" in word:
            protocol, first, last = split_service(word)
            spans[protocol].append((first, last))
    words = {word for word in allowed if "/" not in word}
    for protocol, found in spans.items():
        words.update(join_service(protocol, *span) for span in _merge(found))
    return order_allowed(words)


def _add_ports(path: str, value: str, spans: dict[str, list[_Span]]) -> None:
    service = _SERVICE.fullmatch(value)
    if service is None or not value[:1].isdigit():
        raise Refused(path, value, f"is not supported; {_FORMS}")
    try:
        ports = check_ports(path, service[1])
    except Refused as error:
        raise Refused(path, value, error.rule) from None
    for protocol in [service[2]] if service[2] else _WITHOUT_PROTOCOL:
        spans[protocol].append(ports)


def _merge(spans: list[_Span]) -> Iterator[_Span]:
    """Join ranges that overlap or follow each other: one service is never listed twice."""
    merged: list[_Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    yield from merged
