# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mermaid, DOT and Markdown: complete, and valid with any names. Each format is parsed by
its rules.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.redblue.netns.plugins.filter.picture import picture
from ansible_collections.redblue.netns.tests.unit.support.drawings import (
    CASES,
    HOSTILE,
    NASTY,
)

NODE = re.compile(
    r' +(\w+)(?:\["(.*)"\]|\[/"(.*)"/\]|\("(.*)"\)):::(host|netns|bus|port|down|busdown)'
)
EDGE = re.compile(r'  (\w+) (---|-\.-|===)(?:\|"(.*)"\|)? (\w+)')
PREAMBLE = re.compile(r"flowchart LR|  (classDef \w+|linkStyle [0-9,]+) [\w#:,\- ]+| +end")
FRAME = re.compile(r' +subgraph (\w+)\["(.*)"\]')
SAFE = re.compile(r"(?:[A-Za-z0-9 ,./:=()-]|#[0-9]+;|<br/>)*")

STATEMENT = re.compile(
    r"""
    \ *(?:
        graph\ netns\ \{
        | rankdir=LR
        | (?P<default>graph|node|edge)\ \[(?P<defaults>[^<>]*)\]
        | subgraph\ cluster_[0-9]+\ \{ | label=<(?P<frame>.*)>
        | (?P<node>\w+)\ \[label=<(?P<label>.*)>\ (?P<looks>[^<>]*)\]
        | (?P<first>\w+)\ --\ (?P<second>\w+)\ \[(?:label=<(?P<text>.*)>\ ?)?(?P<line>[^<>]*)\]
        | \}
    )""",
    re.VERBOSE,
)


def read_mermaid(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """The nodes with their texts, and the edges."""
    nodes, edges = {}, []
    for line in text.splitlines():
        node, edge, frame = NODE.fullmatch(line), EDGE.fullmatch(line), FRAME.fullmatch(line)
        assert node or edge or frame or PREAMBLE.fullmatch(line), line
        label = "".join(
            found
            for found in (
                node.groups()[1:4] if node else [edge[3]] if edge else [frame[2]] if frame else []
            )
            if found
        )
        assert SAFE.fullmatch(label), label
        plain = re.sub("#([0-9]+);", lambda found: chr(int(found[1])), label.replace("<br/>", "\n"))
        if node:
            assert node[1] not in nodes
            nodes[node[1]] = plain
        if edge:
            edges.append((edge[1], edge[4], plain))
    return nodes, edges


def read_label(label: str) -> str:
    """The text of one of dot's labels in HTML, which is XML."""
    element = ElementTree.fromstring(f"<label>{label}</label>")
    assert {part.tag for part in element.iter()} <= {"label", "b", "br", "font"}
    return "".join(
        text
        for part in element.iter()
        for text in (part.text or "", "\n" if part.tag == "br" else "", part.tail or "")
    )


def read_dot(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """The nodes with their texts, and the edges."""
    nodes, edges = {}, []
    for line in text.splitlines():
        found = STATEMENT.fullmatch(line)
        assert found, line
        for attributes in (found["defaults"], found["looks"], found["line"]):
            assert re.fullmatch(r'(?:\w+=(?:"[^"]*"|[\w.]+) ?)*', attributes or ""), line
        if found["node"]:
            assert found["node"] not in nodes
            nodes[found["node"]] = read_label(found["label"])
        if found["first"]:
            edges.append((found["first"], found["second"], read_label(found["text"] or "")))
    assert text.count("{\n") == sum(line.strip() == "}" for line in text.splitlines())
    return nodes, edges


def read_markdown(text: str) -> list[list[str]]:
    """Return the rows of all tables as GitHub shows them: cells end at bars, before code is
    read.
    """
    rows, width = [], 0
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""]):
        if not line.startswith("|"):
            assert line == "" or line.startswith("## ")
            width = 0
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not width:
            assert re.fullmatch(r"\|(?: --- \|)+", following)
            width = len(cells)
        elif not re.fullmatch(r"\|(?: --- \|)+", line):
            assert len(cells) == width, line
            rows.append([_plain(cell.replace("\\|", "|")) for cell in cells])
    return rows


def _plain(cell: str) -> str:
    """A cell as it is read. Outside of code there are only words of ours."""
    outside = re.sub(r"(`+)(?:(?!`).)(?:.*?[^`])?\1(?!`)", "", cell)
    assert re.fullmatch(r"[\w\s,*]*", outside), cell
    return re.sub(
        r"(`+)((?!`).(?:.*?[^`])?)\1(?!`)",
        lambda found: found[2].strip() if "`" in found[2] else found[2],
        cell,
    )


READERS: dict[str, Any] = {"mermaid": read_mermaid, "dot": read_dot}


@pytest.mark.parametrize("format", READERS)
@pytest.mark.parametrize("case", CASES)
def test_every_name_and_connection_is_shown(case: str, format: str) -> None:
    nodes, edges = READERS[format](picture(CASES[case], format=format))
    assert {end for first, second, _text in edges for end in (first, second)} <= nodes.keys()
    shown = "\n".join([*nodes.values(), *(text for _first, _second, text in edges)])
    machines = list(CASES[case].values()) if case == "fleet" else [CASES[case]]
    for topology in machines:
        for text in [
            end["name"] for veth in topology.get("veth", ()) for end in (veth, veth["peer"])
        ] + [item["name"] for item in topology.get("netns", ())]:
            assert text[:45] in shown or not text.isprintable(), text
    pairs = sum(
        len(topology.get("veth", ())) + sum(item["count"] for item in topology.get("range", ()))
        for topology in machines
    )
    bridges = sum(len(topology.get("linux_bridge", ())) for topology in machines)
    unconnected = 2 if case == "uplink" else 0
    assert len(edges) == pairs + bridges + unconnected


@pytest.mark.parametrize("case", CASES)
def test_graphviz_reads_the_output(case: str) -> None:
    """Where it is installed. That it is DOT is tested above."""
    if shutil.which("dot") is None:
        pytest.skip("needs Debian's graphviz")
    done = subprocess.run(
        ["dot", "-Tplain"],
        input=picture(CASES[case], format="dot"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("graph ") and not done.stderr


@pytest.mark.parametrize("format", ["mermaid", "dot"])
def test_hostile_names_stay_texts(format: str) -> None:
    nodes, _edges = READERS[format](picture(NASTY, format=format))
    titles = {text.splitlines()[0] for text in nodes.values()}
    assert {name for name in HOSTILE if name.isprintable()} <= titles
    assert {"bell\ufffd", "bytes\ufffd"} <= titles


def test_mermaid_is_ascii_and_has_no_name_end() -> None:
    for case in CASES.values():
        text = picture(case, format="mermaid")
        assert text.isascii()
        assert "end" not in read_mermaid(text)[0]


@pytest.mark.parametrize(
    ("format", "red"),
    [("mermaid", "linkStyle 0 stroke:#cf222e"), ("dot", 'n2 -- n1|n1 -- n2.*color="#cf222e"')],
)
def test_links_that_are_down_are_red(format: str, red: str) -> None:
    text = picture(CASES["direct"], format=format)
    assert re.search(red, text)
    assert "veth-blue 192.168.15.2/24 (down)" in html.unescape(text)
    assert (":::down" if format == "mermaid" else '<font color="#cf222e">') in text
    assert "linkStyle 0 stroke:#cf222e" not in picture(
        CASES["two"], format="mermaid"
    ) and 'color="#cf222e"' not in picture(CASES["two"], format="dot")


def test_a_fleet_in_frames() -> None:
    assert (
        picture(CASES["fleet"], format="dot").count("subgraph")
        == picture(CASES["fleet"], format="mermaid").count("subgraph")
        == 4
    )
    assert 'subgraph m2["web#34;3#60;"]' in picture(CASES["fleet"], format="mermaid")
    assert picture(CASES["fleet"], format="markdown").count("\n## ") == 3


@pytest.mark.parametrize("case", CASES)
def test_the_tables_leave_nothing_out(case: str) -> None:
    rows = read_markdown(picture(CASES[case], format="markdown"))
    cells = {part for row in rows for cell in row for part in (cell, *cell.split(", "))}
    for topology in CASES[case].values() if case == "fleet" else [CASES[case]]:
        for end in [end for veth in topology.get("veth", ()) for end in (veth, veth["peer"])]:
            for text in (end["name"], *end.get("addresses", ())):
                assert text in cells or not text.isprintable(), text


def test_the_table_of_a_lab() -> None:
    assert (
        picture(CASES["switch"], format="markdown")
        == """\
| where | interface | addresses | connected to | state |
| --- | --- | --- | --- | --- |
| `host` | `v-net-0` | `192.168.15.5/24` | `v-net-0-host` in `switch` | up |
| `switch` | `v-net-0` `bridge` |  | \
`v-net-0-host`, `veth-red-br`, `veth-blue-br`, `veth-green-br` | up |
| `switch` | `v-net-0-host` |  | bridge `v-net-0`, `v-net-0` in `host` | up |
| `switch` | `veth-red-br` |  | bridge `v-net-0`, `veth-red` in `red` | up |
| `switch` | `veth-blue-br` |  | bridge `v-net-0`, `veth-blue` in `blue` | up |
| `switch` | `veth-green-br` |  | bridge `v-net-0`, `veth-green` in `green` | up |
| `red` | `veth-red` | `192.168.15.1/24` | `veth-red-br` in `switch` | up |
| `blue` | `veth-blue` | `192.168.15.2/24` | `veth-blue-br` in `switch` | up |
| `green` | `veth-green` | `192.168.15.3/24` | `veth-green-br` in `switch` | up |

| where | route |
| --- | --- |
| `red` | `default via 192.168.15.5` |
| `blue` | `default via 192.168.15.5` |
| `green` | `default via 192.168.15.5` |

| where | NAT |
| --- | --- |
| `host` | `masquerade: 192.168.15.0/24 -> any interface` |
| `host` | `forward: tcp 80 -> 192.168.15.2:80` |
"""
    )


def test_neighbours_and_faults_in_the_table() -> None:
    text = picture(
        {
            "topology": {"netns": [{"name": "red"}]},
            "neighbours": {
                "red": [
                    {
                        "address": "192.168.15.5",
                        "device": "eth0",
                        "mac": "02:00:00:00:00:01",
                        "state": "reachable",
                    },
                    {"address": "192.168.15.9", "device": "eth0", "state": "failed"},
                ]
            },
            "stale": ["ghost"],
        },
        format="markdown",
    )
    assert "| `red` | `192.168.15.5` | `02:00:00:00:00:01` | `eth0` | reachable |" in text
    assert "| `red` | `192.168.15.9` |  | `eth0` | **failed** |" in text
    assert "| `ghost` | **`stale name: not a namespace`** |" in text
