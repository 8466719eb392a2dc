# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The counters of port forwards are read from what iptables-save lists."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._firewall.forward_counters import (
    count_forwards,
    read_saved,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import Dnat

SAVED = """\
*nat
:REDBLUE-PRE - [9:9]
[7:7] -A PREROUTING -m comment --comment "redblue.netns" -j REDBLUE-PRE
[1:60] -A REDBLUE-OUT ! -d 127.0.0.0/8 -p tcp -m addrtype --dst-type LOCAL -m tcp --dport 80 \
-m comment --comment "redblue.netns:lab" -j DNAT --to-destination 10.1.0.2:8080
[2:120] -A REDBLUE-PRE ! -d 127.0.0.0/8 ! -i to-red -p tcp -m addrtype --dst-type LOCAL \
-m tcp --dport 80 -m comment --comment "redblue.netns:lab 80-80 to-red host" \
-j DNAT --to-destination 10.1.0.2:8080
[4:240] -A REDBLUE-PRE -p udp -m addrtype --dst-type LOCAL -m udp --dport 90:93 -m comment \
--comment "redblue.netns:lab 90-93 to-red host" -j DNAT --to-destination 10.1.0.2:190-193/90
[8:480] -A REDBLUE-PRE -p tcp -m tcp --dport 81 -m comment --comment "redblue.netns:lab 81-81 \
to-red host" -j DNAT --to-destination [fd00::2]:80
[16:960] -A REDBLUE-PRE -p tcp -m tcp --dport 80 -m comment --comment "redblue.netns:lab2 80-80 \
to-red host" -j DNAT --to-destination 10.1.0.2:8080
COMMIT
"""
FORWARDS = [
    Dnat(None, "tcp", (80, 80), "10.1.0.2", (8080, 8080), owner="lab"),
    Dnat(None, "udp", (90, 93), "10.1.0.2", (190, 193), owner="lab"),
    Dnat(None, "tcp", (81, 81), "fd00::2", (80, 80), owner="lab"),
    Dnat(None, "tcp", (82, 82), "10.1.0.2", (80, 80), owner="lab"),
]


def test_each_forward_has_the_sum_of_its_rules() -> None:
    counters = count_forwards(FORWARDS, read_saved(SAVED.splitlines()))
    assert counters == [
        (FORWARDS[0], 3, 180),
        (FORWARDS[1], 4, 240),
        (FORWARDS[2], 8, 480),
    ]
