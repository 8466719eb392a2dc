# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secret options appear neither in results nor in the system log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.module_process import run_process

SECRET = "GAcJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJUY="
PUBLIC = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
TUNNEL: dict[str, Any] = {
    "name": "wg0",
    "type": "wireguard",
    "private_key": SECRET,
    "peers": [{"public_key": PUBLIC, "preshared_key": SECRET}],
}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("netns_link", TUNNEL),
    ("netns_link", {**TUNNEL, "listen_port": "wrong"}),
    ("netns_link", {**TUNNEL, "private_key": [SECRET]}),
    ("topology", {"name": "lab", "netns_link": [TUNNEL]}),
    (
        "topology",
        {"name": "lab", "range": [{"count": 2, "netns_link": [{**TUNNEL, "name": "wg{n}"}]}]},
    ),
    ("topology", {"name": "lab", "netns_link": TUNNEL}),
    ("netns_doctor", {"topology": {"name": "lab", "netns_link": [TUNNEL]}}),
]


@pytest.mark.parametrize(("module", "raw"), CASES)
def test_no_module_shows_a_secret(host: None, module: str, raw: dict[str, Any]) -> None:
    result, log = run_process(module, raw, check=True)
    assert "Invoked with" in log and "invocation" in result, (result, log)
    assert SECRET not in json.dumps(result) + log
