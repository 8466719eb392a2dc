# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of netns_capture: values that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.captures import parse_capture
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_capture import (
    NETNS_CAPTURE_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"size": 4095}, "size: 4095: is not between 4096 and 67108864"),
        ({"packets": 0}, "packets: 0: is not between 1 and 1000000"),
        ({"snaplen": 1 << 20}, "snaplen: 1048576: is not between 64 and 262144"),
        ({"seconds": 0}, "seconds: 0.0: is not a number of seconds between 0.1 and 3600"),
        ({"dest": " "}, "dest: ' ': is empty; omit the option to keep no file"),
        ({"interface": "-r/etc/passwd"}, "interface: '-r/etc/passwd': the name of a network"),
        ({"promisc": True}, "promisc: True: is not supported for all interfaces; name one"),
        ({"filter": "tcp\nport 80"}, "is not a pcap filter of at most 4096 printable characters"),
        ({"filter": "x" * 4097}, "is not a pcap filter of at most 4096 printable characters"),
        ({"netns": "a b"}, "netns: 'a b': the name of a network namespace has only letters"),
        ({"probes": [{"to": "a b"}]}, "probes[0].to: 'a b': the name of a network namespace"),
    ],
)
def test_a_wrong_value_is_refused(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_capture(validate(raw, NETNS_CAPTURE_SPEC))
    assert message in str(refused.value)


def test_a_capture_is_limited_if_nothing_is_asked_for() -> None:
    request, probes = parse_capture(validate({"filter": " tcp "}, NETNS_CAPTURE_SPEC))
    assert (request.size, request.seconds, request.interface) == (10 << 20, 10.0, "any")
    assert request.expression == "tcp" and probes == []
