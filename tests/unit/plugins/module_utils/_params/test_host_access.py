# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option host_access: its forms, and the canonical form of what they allow."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.host_access import (
    check_host_access,
)


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["all"], None),
        (["none"], ()),
        (["none", "none"], ()),
        (["established"], ("established",)),
        (["icmp"], ("established", "icmp")),
        (["22/tcp"], ("established", "22/tcp")),
        (["53"], ("established", "53/tcp", "53/udp")),
        (["53", "established", "53/udp"], ("established", "53/tcp", "53/udp")),
        (["8000:8010/tcp", "8005-8020/tcp", "8021/tcp"], ("established", "8000-8021/tcp")),
        (["80/tcp", "443/tcp", "81/sctp"], ("established", "81/sctp", "80/tcp", "443/tcp")),
        (["1-65535"], ("established", "1-65535/tcp", "1-65535/udp")),
    ],
)
def test_the_words_have_one_canonical_form(
    words: list[str], allowed: tuple[str, ...] | None
) -> None:
    assert check_host_access("host_access", words) == allowed
    if allowed:
        assert check_host_access("host_access", allowed) == allowed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], r"host_access: \[\]: is empty; write all, none, established, or a list of ports"),
        (["none", "22"], r"host_access: \['none', '22'\]: none stands alone"),
        (["all", "none"], r"host_access: .*: all stands alone"),
        (["http"], r"host_access\[0\]: 'http': is not supported; write .* 53/udp"),
        (["53/icmp"], r"host_access\[0\]: '53/icmp': is not supported"),
        (["udp/53"], r"host_access\[0\]: 'udp/53': is not supported"),
        (["22", "0"], r"host_access\[1\]: '0': 0 is not a port"),
        (["65536/tcp"], r"host_access\[0\]: '65536/tcp': 65536 is not a port"),
        (["20-10"], r"host_access\[0\]: '20-10': the range ends before it begins"),
        (["53/UDP"], r"host_access\[0\]: '53/UDP': is not supported"),
        (["53,22"], r"host_access\[0\]: '53,22': is not a port number or a range"),
        ([""], r"host_access\[0\]: '': is not supported"),
        (["22; reboot"], r"host_access\[0\]: '22; reboot': is not a port number"),
    ],
)
def test_other_words_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(Refused, match=message):
        check_host_access("host_access", words)
