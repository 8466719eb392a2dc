# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One rule of iptables as data, and as iptables-restore reads it. Pure."""

from __future__ import annotations

from ..._model.errors import Failed
from ..._model.fast_typing import NamedTuple
from ..._model.lazy_pattern import compile_lazily
from ..._model.ownership import MARK

_MODULES = {
    "--dst-type": "addrtype",
    "--src-type": "addrtype",
    "--ctstate": "conntrack",
    "--ctdir": "conntrack",
    "--icmp-type": "icmp",
    "--icmpv6-type": "icmp6",
    "--dst-range": "iprange",
    "--src-range": "iprange",
    "--physdev-is-bridged": "physdev",
    "--mark": "mark",
    "--comment": "comment",
}
"""The match extensions that options need; ``--dport`` needs that of the protocol."""
_SAFE = compile_lazily(r"[A-Za-z0-9 ._:/,!\[\]-]*")


class IptablesRule(NamedTuple):
    """A rule: its options, each with its values and "!", and its comment.

    The order of the options has no meaning: the variants of iptables list them differently.
    """

    options: tuple[str, ...]
    comment: str


IptablesRules = dict[str, list[IptablesRule]]
"""Rules of one family by chain of ours; a chain without rules is left out."""


def make_rule(*options: str | None, comment: str = MARK) -> IptablesRule:
    """Return a rule with these options; ``None`` is left out."""
    return IptablesRule(tuple(option for option in options if option), comment)


def _position(option: str) -> tuple[int, bool]:
    """Sort key: the protocol before its ports, the target and its own options at the end."""
    of_target = option.startswith(("--to-", "--set-", "--notrack"))
    return (option.startswith("-j") + 2 * of_target, not option.startswith("-p"))


def _write_option(option: str, protocol: str) -> str:
    words = option.split()
    name = words[1] if words[0].startswith("!") else words[0]
    module = protocol if name == "--dport" else _MODULES.get(name)
    return f"-m {module} {option}" if module else option


def write_rule(rule: IptablesRule) -> str:
    """Write a rule as it follows ``-A CHAIN`` in the input of iptables-restore.

    :raises Failed: a value could end the word in which it is.
    """
    protocol = next((text[3:] for text in rule.options if text.startswith("-p ")), "")
    words = [_write_option(option, protocol) for option in sorted(rule.options, key=_position)]
    target = next(index for index, word in enumerate(words) if word.startswith("-j"))
    words.insert(target, f'-m comment --comment "{rule.comment}"')
    text = " ".join(words)
    if not all(map(_SAFE.fullmatch, (*rule.options, rule.comment))):
        raise Failed(f"unsafe characters in a rule for iptables: {text!r}")
    return text
