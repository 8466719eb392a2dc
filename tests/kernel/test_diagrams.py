# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diagrams of a running lab: complete, faults in red; the one in the README is up to date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.redblue.netns.plugins.filter.picture import picture

from support.cni import POD, WITH_POD, needs_plugins
from support.info import gather_info
from support.pings import ping
from support.tasks import LAB, run

ROOT = Path("/run/tree/ansible_collections/redblue/netns")
FORMATS = ("text", "mermaid", "dot", "svg", "markdown")
NAMES = ("red", "blue", "v-net-0", "veth-red", "veth-blue", "veth-red-br", "veth-blue-br")
ADDRESSES = [
    address for end in (*LAB["linux_bridge"], *LAB["veth"]) for address in end["addresses"]
]
SVG = "{http://www.w3.org/2000/svg}"


def red_texts(seen: dict[str, Any]) -> list[str]:
    """Return the texts that are red."""
    drawn = ElementTree.fromstring(picture(seen, format="svg"))
    return [
        element.text or ""
        for element in drawn.iter(f"{SVG}text")
        if "down" in element.get("class", "").split()
    ]


def test_a_diagram_shows_every_link_and_address(host: None) -> None:
    run("topology", **LAB)
    seen = gather_info()
    for style in FORMATS:
        drawn = picture(seen, format=style)
        assert [
            text
            for text in (*NAMES, *ADDRESSES, "masquerade", "tcp 80", "tcp 81")
            if text not in drawn
        ] == [], style
    assert red_texts(seen) == []


def test_a_diagram_shows_policies(host: None) -> None:
    policies = [
        {"name": "db", "netns": ["blue"], "ingress": [{"from": [{"netns": "red"}]}]},
        {"name": "closed", "egress": []},
    ]
    lab = {**LAB, "policy": policies}
    run("topology", **lab)
    texts = ("policy db in: allow everything from red", "policy closed out: nothing")
    for style in FORMATS:
        for shown in (lab, gather_info()):
            drawn = picture(shown, format=style)
            # A policy for all is in both namespaces. SVG has each text a second time, as a title.
            of_blue, of_all = (drawn.count(text) for text in texts)
            assert of_blue and of_all == 2 * of_blue, (style, drawn)
    subprocess.run("nft flush chain inet redblue_netns_policy check".split(), check=True)
    assert sorted(red_texts(gather_info())) == [
        "damaged policy: closed",
        "damaged policy: db",
    ]


def test_a_diagram_shows_processes(host: None) -> None:
    lab = {**LAB, "processes": [{"name": "web", "netns": "blue", "command": ["sleep", "1000"]}]}
    run("topology", **lab)
    for style in FORMATS:
        for shown in (lab, gather_info()):
            assert "process: web (sleep)" in picture(shown, format=style), style
    run("topology", name="lab", state="absent")


@needs_plugins
def test_a_diagram_shows_attachments_and_which_are_broken(host: None) -> None:
    lab = {**WITH_POD, "cni": [{**POD, "netns": "pod"}]}
    run("topology", **lab)
    # A line has at most 46 letters, and the rest is in the next one.
    for style in FORMATS:
        for shown in (lab, gather_info()):
            assert "CNI: eth0 in dbnet (bridge, portmap" in picture(shown, format=style), style
    assert red_texts(gather_info()) == []
    subprocess.run("ip -n pod link delete eth0".split(), check=True)
    assert red_texts(gather_info()) == ["CNI: eth0 in dbnet is broken"]
    run("topology", name="lab", state="absent")


def test_a_link_that_is_down_is_red(host: None) -> None:
    run("topology", **LAB)
    for command in (
        "ip -n red link set veth-red down",
        "ip link set v-net-0 down",
        "ip -n blue link set lo down",
    ):
        subprocess.run(command.split(), check=True)
    seen = gather_info()
    # A link that is set down loses its IPv6 addresses.
    assert sorted(red_texts(seen)) == [
        "bridge v-net-0 192.168.15.5/24 (down)",
        "lo (down)",
        "veth-red 192.168.15.1/24 (down)",
    ]
    for style in ("text", "mermaid", "dot"):
        assert picture(seen, format=style).count("(down)") == 3
    assert picture(seen, format="markdown").count("**down**") == 3


def test_a_neighbour_that_does_not_answer_is_red(host: None) -> None:
    run("topology", **LAB)
    subprocess.run(
        "ip netns exec red sysctl -qw net.ipv4.neigh.veth-red.retrans_time_ms=100".split(),
        check=True,
    )
    assert not ping("red", "192.168.15.77", "-W3")
    assert red_texts(gather_info()) == ["no answer from 192.168.15.77 on veth-red"]


def test_a_diagram_of_the_desired_state_equals_one_of_the_running_lab(host: None) -> None:
    """It has the same boxes and wires before the lab is made and after."""
    run("topology", **LAB)
    stands = gather_info()["topology"]
    for style in ("dot", "svg"):
        before, after = (picture(topology, format=style) for topology in (LAB, stands))
        assert sorted(before.count(word) for word in ("<rect", "<polyline", " -- ")) == sorted(
            after.count(word) for word in ("<rect", "<polyline", " -- ")
        )


PLAYS = """
set -eu
mount -t tmpfs -o mode=755 tmpfs /run/netns
ip link set lo up
tests/bin/lan
cd {directory}
play() {{ ansible-playbook -c local "$@"; }}
play -i host, redblue.netns.lab
play -i host, redblue.netns.diagram -e diagram_dir=default
play -i host, redblue.netns.diagram examples.yml \\
    -e '{{"diagram_formats": ["svg", "mermaid", "dot", "markdown", "text"]}}'
play -i host,alias --check redblue.netns.diagram -e diagram_dir=fleet -e @formats.yml >check
test ! -e fleet
play -i host,alias redblue.netns.diagram -e diagram_dir=fleet -e @formats.yml
play -i host, redblue.netns.diagram -e @formats.yml >second
"""


@pytest.fixture(scope="module")
def drawn(own_process: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output directory of the playbook, run for the lab beside a LAN."""
    directory = tmp_path_factory.mktemp("drawn")
    (directory / "formats.yml").write_text(
        yaml.safe_dump({"diagram_formats": ["svg", "markdown"]}), encoding="utf-8"
    )
    documentation = yaml.safe_load(
        (ROOT / "plugins" / "filter" / "picture.yml").read_text(encoding="utf-8")
    )
    examples = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": yaml.safe_load(documentation["EXAMPLES"]),
    }
    (directory / "examples.yml").write_text(
        yaml.safe_dump([examples], sort_keys=False), encoding="utf-8"
    )
    environment = {**os.environ, "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    command = ["unshare", "--net", "--mount", "bash", "-c", PLAYS.format(directory=directory)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


def test_the_playbook_writes_a_file_for_each_format(drawn: Path) -> None:
    assert sorted(path.name for path in (drawn / "diagrams").iterdir()) == [
        "host.dot",
        "host.md",
        "host.mmd",
        "host.svg",
        "host.txt",
    ]
    for path in (drawn / "diagrams").iterdir():
        text = path.read_text(encoding="utf-8")
        assert (
            "192.168.1.2/24" in text
            and "veth-blue-br" in text
            and text.endswith("\n")
            and not text.endswith("\n\n")
        )
    assert [path.name for path in (drawn / "default").iterdir()] == ["host.svg"]
    assert "changed=0 " in (drawn / "second").read_text(encoding="utf-8")
    assert "changed=1 " in (drawn / "check").read_text(encoding="utf-8")


def test_the_playbook_draws_several_hosts_in_one_diagram(drawn: Path) -> None:
    stems = [f"{name}.{ending}" for name in ("alias", "fleet", "host") for ending in ("md", "svg")]
    assert sorted(path.name for path in (drawn / "fleet").iterdir()) == stems
    fleet = (drawn / "fleet" / "fleet.svg").read_text(encoding="utf-8")
    titles = [
        element.text or ""
        for element in ElementTree.fromstring(fleet).iter(f"{SVG}text")
        if "title" in element.get("class", "").split()
    ]
    assert sorted(titles) == ["alias", "blue", "blue", "host", "red", "red"]
    assert (drawn / "fleet" / "fleet.md").read_text(encoding="utf-8").startswith("## `host`\n")


def test_the_examples_of_the_filter_run(drawn: Path) -> None:
    assert (drawn / "netns.svg").read_text(encoding="utf-8") == (
        drawn / "diagrams" / "host.svg"
    ).read_text(encoding="utf-8")
    assert (drawn / "lab.mmd").read_text(encoding="utf-8").startswith("flowchart LR\n")
    assert ElementTree.parse(drawn / "fleet.svg").getroot().tag == f"{SVG}svg"


def test_the_diagram_in_the_readme_equals_the_running_lab(drawn: Path) -> None:
    """If this fails, draw docs/lab.svg again: ``make picture``."""
    assert (ROOT / "docs" / "lab.svg").read_text(encoding="utf-8") == (
        drawn / "diagrams" / "host.svg"
    ).read_text(encoding="utf-8")
    assert "](docs/lab.svg)" in (ROOT / "README.md").read_text(encoding="utf-8")
