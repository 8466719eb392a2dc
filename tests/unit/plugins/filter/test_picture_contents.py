# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter picture: services, attachments to networks of CNI, Open vSwitch, in all formats."""

from __future__ import annotations

import html
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.redblue.netns.plugins.filter.picture import picture

FORMATS = ("text", "mermaid", "dot", "svg", "markdown")
POD: dict[str, Any] = {
    "netns": "pod",
    "network": {
        "cniVersion": "1.0.0",
        "name": "dbnet",
        "plugins": [{"type": "bridge"}, {"type": "portmap"}],
    },
    "capabilities": {"portMappings": [{"hostPort": 8080, "containerPort": 80}]},
}
PUBLISHED = {"port": 80, "host_port": 8081, "address": "::1", "to": "127.0.0.1"}


def service(name: str, **more: Any) -> dict[str, Any]:
    """A service as netns_info returns it."""
    options = {"name": name, "netns": "blue", **more.pop("options", {})}
    return {"options": options, "active": True, "runs_in": "blue", "in_place": True, **more}


def attachment(**more: Any) -> dict[str, Any]:
    """An attachment as netns_info returns it."""
    known = {"netns": "pod", "ifname": "eth0", "network": "dbnet", "ours": True}
    return {**known, "state": "attached", "addresses": ["10.22.0.2/24"], **more}


def info(**details: Any) -> dict[str, Any]:
    return {"topology": {"netns": [{"name": "blue"}, {"name": "pod"}], "cni": [POD]}, **details}


def draw(data: Any, style: str) -> str:
    """A diagram as its reader sees the texts: in one line, without codes for letters."""
    drawn = picture(data, format=style)
    if style == "mermaid":
        drawn = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), drawn)
    drawn = re.sub(r"</?(br|font|text|title|g|rect)\b[^<>]*>", " ", drawn)
    return re.sub(r"\s+", " ", html.unescape(drawn).replace("→", "->"))


@pytest.mark.parametrize("style", FORMATS)
def test_services_are_in_their_namespace_and_their_ports_on_the_host(style: str) -> None:
    web = service("web.service", options={"publish": [PUBLISHED]})
    drawn = draw(info(services=[web, service("idle.socket", active=False)]), style)
    assert "service: web.service" in drawn and "service: idle.socket (not active)" in drawn
    assert "publish: tcp [::1]:8081 -> port 80 in blue" in drawn


@pytest.mark.parametrize("style", FORMATS)
def test_attachments_are_in_their_namespace(style: str) -> None:
    text = "CNI: eth0 in dbnet (bridge, portmap, tcp 8080 to 80)"
    others = attachment(ifname="net1", network="other", ours=False, state=None)
    drawn = draw(info(attachments=[attachment(), others]), style)
    assert text in drawn and "CNI: net1 in other" in drawn
    assert drawn.count("CNI: eth0") == drawn.count("CNI: net1")
    assert text in draw(info()["topology"], style)
    named = {**info()["topology"], "cni": [{"netns": "pod", "network": "pods"}]}
    assert "CNI: eth0 in pods" in draw(named, style)


def red_texts(**details: Any) -> list[str]:
    """The texts that are red."""
    drawn = ElementTree.fromstring(picture(info(**details), format="svg"))
    return [
        element.text or ""
        for element in drawn.iter("{http://www.w3.org/2000/svg}text")
        if "down" in element.get("class", "").split()
    ]


def test_what_is_wrong_with_them_is_red() -> None:
    fault = "web.service cannot start: it is masked"
    assert red_texts(
        services=[service("web.service", fault=fault)], attachments=[attachment(state="broken")]
    ) == [fault, "CNI: eth0 in dbnet is broken"]
    sound = service("web.service", fault=None)
    assert red_texts(services=[sound], attachments=[attachment()]) == []


SWITCHES: dict[str, Any] = {
    "dns": True,
    "ovs_bridge": [
        {
            "name": "br-east",
            "addresses": ["192.0.2.5/24"],
            "fail_mode": "secure",
            "controller": ["tcp:192.0.2.9:6653"],
            "ports": [
                {"name": "to-west", "type": "patch", "peer": "to-east", "vlan": 7},
                {"name": "far", "type": "vxlan", "remote_ip": "198.51.100.1", "vni": "9"},
                {"name": "alone", "type": "patch", "peer": "missing"},
            ],
            "mirrors": [{"name": "m0", "all": True, "output": "far"}],
        },
        {"name": "br-west", "ports": [{"name": "to-east", "type": "patch", "peer": "to-west"}]},
    ],
}


@pytest.mark.parametrize("style", FORMATS)
def test_what_a_switch_forwards_and_where_to_is_drawn(style: str) -> None:
    drawn = draw(SWITCHES, style)
    texts = ["br-east", "br-west", "to-west", "to-east", "far", "alone", "DNS server on br-east"]
    texts += ["fail mode secure, controller tcp:192.0.2.9:6653, mirror m0 to far"]
    texts += ["vxlan 9 to 198.51.100.1", "patch to missing"]
    assert [text for text in texts if text not in drawn] == []


def test_patch_ports_connect_two_bridges() -> None:
    assert picture(SWITCHES, format="dot").count("to-east = to-west") == 1
    assert picture(SWITCHES, format="mermaid").count("to-east = to-west") == 1
    assert "to-east = to-west" in picture(SWITCHES, format="svg")
    text = picture(SWITCHES)
    assert re.search(r"to-west \(VLAN 7\) +===== +to-east patch to to-west +--\( br-west \)", text)
