# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secret options appear neither in results nor in the system log."""

from __future__ import annotations

import json
from pathlib import Path
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
WORD = "horse-battery"
WEB = {"name": "web", "command": ["sleep", "9"], "environment": {"TOKEN": WORD, "PIN": "4711-"}}
HIDDEN = (SECRET, WORD, "4711-")
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
    ("netns_doctor_info", {"topology": {"name": "lab", "netns_link": [TUNNEL]}}),
    ("netns_link", {"name": "wg0", "type": "wireguard", "privateKey": SECRET}),
    ("netns_link", {"name": "wg0", "type": "wireguard", "privatekey": SECRET}),
    ("netns_link", {"name": "wg0", "type": "wireguard", "private_key_file": SECRET}),
    ("netns_link", {**TUNNEL, "peers": [{"public_key": PUBLIC, "presharedkey": SECRET}]}),
    ("netns_link", {**TUNNEL, "peers": f"public_key={PUBLIC} preshared_key={SECRET}"}),
    ("netns_link", {**TUNNEL, "peers": [f"PresharedKey = {SECRET}\n"]}),
    ("netns_link", {"name": SECRET, "type": "wireguard"}),
    ("topology", {"name": "lab", "netns_link": [{"name": "wg0", "PrivateKey": SECRET}]}),
    ("topology", {"name": "lab", "netns_link": f"name: wg0\nprivate_key: {SECRET}\n"}),
    ("topology", {"name": "lab", "netns_links": [TUNNEL, {"name": "wg1", "psk": SECRET}]}),
    ("topology", {"name": "lab", "range": [{"count": 2, "netns_link": [{"key": SECRET}]}]}),
    ("netns_doctor_info", {"topology": {"netns_link": [{"peers": [{"pre_shared_key": SECRET}]}]}}),
    ("netns_doctor_info", {"topology": f"private_key: {SECRET}"}),
    ("topology", {"range": [{"count": 1, "netns_link": [{"private_key": f"{{{SECRET}+n}}"}]}]}),
    ("topology", {"range": [{"count": 1, "netns_link": [{"private_key": f"{{{SECRET}"}]}]}),
    ("topology", {"name": "lab", "processes": [WEB]}),
    ("topology", {"name": "lab", "processes": [{**WEB, "environment": f"TOKEN={WORD}"}]}),
    ("topology", {"name": "lab", "processes": [{**WEB, "environment": {"TOKEN": [WORD]}}]}),
    ("topology", {"name": "lab", "processes": [{**WEB, "restart": "never"}]}),
    ("topology", {"name": "lab", "processes": json.dumps([WEB])}),
    ("topology", {"name": "lab", "range": [{"count": 1, "processes": [WEB]}]}),
    ("topology", {"name": "lab", "processes": [WEB], "persist": True}),
    ("netns_doctor_info", {"topology": {"name": "lab", "processes": [WEB]}}),
]


@pytest.mark.parametrize(("module", "raw"), CASES)
def test_no_module_shows_a_secret(host: None, module: str, raw: dict[str, Any]) -> None:
    result, log = run_process(module, raw, check=True, diff=True, verbosity=4)
    assert "Invoked with" in log and "invocation" in result, (result, log)
    assert not [text for text in HIDDEN if text in json.dumps(result) + log]


@pytest.mark.parametrize(("module", "raw"), [case for case in CASES if case[0] == "topology"])
def test_no_secret_of_a_file_is_shown(
    host: None, tmp_path: Path, module: str, raw: dict[str, Any]
) -> None:
    (tmp_path / "lab.json").write_text(json.dumps(raw), encoding="utf-8")
    options = {"src": str(tmp_path / "lab.json")}
    result, log = run_process(module, options, check=True, diff=True, verbosity=4)
    assert not [text for text in HIDDEN if text in json.dumps(result) + log]
