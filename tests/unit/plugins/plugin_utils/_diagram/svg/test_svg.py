# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SVG as a reader sees it: nothing overlaps, every text fits, every line leads from end to end."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.picture import picture
from ansible_collections.redblue.netns.tests.unit.support.drawings import (
    CASES,
    HOSTILE,
    pair,
)

SVG = "{http://www.w3.org/2000/svg}"
WIDEST = 0.62
"""The width of a letter in relation to the font size; see canvas.py."""


@dataclass(frozen=True)
class Area:
    """A rectangle with what is in it."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    def overlaps(self, other: Area, by: float = 0) -> bool:
        return (
            self.left < other.right - by
            and other.left < self.right - by
            and self.top < other.bottom - by
            and other.top < self.bottom - by
        )


class Drawing:
    """The boxes, lines and labels of an SVG."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = ElementTree.fromstring(text)
        canvas = self.root.find(f"{SVG}g")
        assert canvas is not None
        groups = canvas.findall(f"{SVG}g")
        self.boxes = [
            (self._rectangle(group), [self._text(text) for text in group.findall(f"{SVG}text")])
            for group in groups
        ]
        self.frames = [self._area(element) for element in canvas.findall(f"{SVG}rect")]
        self.labels = [self._text(element) for element in canvas.findall(f"{SVG}text")]
        self.lines = [
            (
                [
                    tuple(map(float, point.split(",")))
                    for point in element.get("points", "").split()
                ],
                element.get("class", ""),
                element.findtext(f"{SVG}title"),
            )
            for element in canvas.findall(f"{SVG}polyline")
        ]
        self.size = (float(self.root.get("width", 0)) - 32, float(self.root.get("height", 0)) - 32)

    def _rectangle(self, group: ElementTree.Element) -> Area:
        element = group.find(f"{SVG}rect")
        assert element is not None
        return self._area(element)

    def _area(self, element: ElementTree.Element) -> Area:
        x, y, width, height = (
            float(element.get(name, 0)) for name in ("x", "y", "width", "height")
        )
        return Area(x, y, x + width, y + height, element.get("class", ""))

    def _text(self, element: ElementTree.Element) -> Area:
        style = element.get("class", "").split()
        size = 13 if "title" in style else 10 if "size10" in style else 11
        text = element.text or ""
        width = (
            sum(2 if ord(letter) > 0x2E80 and letter != "\ufffd" else 1 for letter in text)
            * size
            * WIDEST
        )
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        left = x - width if element.get("text-anchor") == "end" else x
        return Area(left, y - size * 0.8, left + width, y + size * 0.25, text)


@pytest.fixture(scope="module", params=CASES)
def drawing(request: pytest.FixtureRequest) -> Drawing:
    return Drawing(picture(CASES[request.param], format="svg"))


def test_no_two_boxes_overlap(drawing: Drawing) -> None:
    for (one, _texts), (other, _others) in itertools.combinations(drawing.boxes, 2):
        assert not one.overlaps(other), (one, other)
    for one, other in itertools.combinations(drawing.frames, 2):
        assert not one.overlaps(other)
    for frame, (box, _texts) in itertools.product(drawing.frames, drawing.boxes):
        assert not frame.overlaps(box) or (
            frame.left < box.left
            and box.right < frame.right
            and frame.top < box.top
            and box.bottom < frame.bottom
        )


def test_every_text_fits_its_box_and_lies_on_no_other(drawing: Drawing) -> None:
    for box, texts in drawing.boxes:
        for text in texts:
            assert (
                box.left < text.left
                and text.right < box.right
                and box.top < text.top
                and text.bottom < box.bottom
            ), (box, text)
        for one, other in zip(texts, texts[1:]):
            assert not one.overlaps(other), (one, other)


def test_labels_stand_beside_boxes_and_each_other(drawing: Drawing) -> None:
    for label, (box, _texts) in itertools.product(drawing.labels, drawing.boxes):
        assert not label.overlaps(box), (label, box)
    for one, other in itertools.combinations(drawing.labels, 2):
        assert not one.overlaps(other), (one, other)


def test_everything_is_within_the_drawing(drawing: Drawing) -> None:
    areas = [*(box for box, _texts in drawing.boxes), *drawing.labels, *drawing.frames]
    points = [point for points, _style, _tip in drawing.lines for point in points]
    assert all(
        area.left >= -1
        and area.top >= -1
        and area.right <= drawing.size[0] + 1
        and area.bottom <= drawing.size[1] + 1
        for area in areas
    )
    assert all(-16 < x < drawing.size[0] + 16 and -16 < y < drawing.size[1] + 16 for x, y in points)


def test_lines_are_vertical_or_horizontal_and_pass_through_no_box(drawing: Drawing) -> None:
    for points, _style, tip in drawing.lines:
        assert len(points) >= 2
        for (x, y), (x2, y2) in zip(points, points[1:]):
            assert (x == x2) != (y == y2), points
            piece = Area(min(x, x2), min(y, y2), max(x, x2), max(y, y2), tip or "")
            for box, _texts in drawing.boxes:
                within = Area(box.left + 0.5, box.top + 0.5, box.right - 0.5, box.bottom - 0.5, "")
                inside = (
                    piece.left < within.right and within.left < piece.right
                    if y == y2
                    else within.left < x < within.right
                )
                inside = inside and (
                    piece.top < within.bottom and within.top < piece.bottom
                    if x == x2
                    else within.top < y < within.bottom
                )
                assert not inside, (piece, box)
                if y == y2 and piece.left < box.right and box.left < piece.right:
                    assert abs(y - box.top) >= 3 <= abs(y - box.bottom), (piece, box)
                if x == x2 and piece.top < box.bottom and box.top < piece.bottom:
                    assert abs(x - box.left) >= 3 <= abs(x - box.right), (piece, box)


@pytest.mark.parametrize("case", [case for case in CASES if case != "dense"])
def test_every_connection_ends_at_a_box_or_at_a_bus(case: str) -> None:
    drawing = Drawing(picture(CASES[case], format="svg"))
    buses = [points for points, style, _tip in drawing.lines if "bus" in style.split()]
    for points, style, tip in drawing.lines:
        for x, y in (points[0], points[-1]) if "veth" in style.split() else ():
            at_box = any(
                box.left <= x <= box.right and box.top <= y <= box.bottom
                for box, _texts in drawing.boxes
            )
            at_bus = any(
                start[0] <= x <= end[0] and start[1] <= y <= end[1] for start, end in buses
            )
            assert at_box or at_bus, (tip, x, y)


def test_no_two_connections_share_a_line(drawing: Drawing) -> None:
    pieces = [
        (min(start, end), max(start, end))
        for points, style, _tip in drawing.lines
        if "veth" in style.split()
        for start, end in zip(points, points[1:])
    ]
    for (start, end), (start2, end2) in itertools.combinations(pieces, 2):
        for axis in (0, 1):
            if start[axis] == end[axis] == start2[axis] == end2[axis]:
                assert min(end[1 - axis], end2[1 - axis]) <= max(
                    start[1 - axis], start2[1 - axis]
                ), (start, end, start2, end2)


@pytest.mark.parametrize("case", [case for case in CASES if case != "two hundred"])
def test_every_name_and_address_is_there(case: str) -> None:
    """Except with two hundred namespaces, whose forwards exceed the lines of the host's box."""
    drawing = Drawing(picture(CASES[case], format="svg"))
    texts = {text.text for _box, texts in drawing.boxes for text in texts} | {
        label.text for label in drawing.labels
    }
    shown = " ".join(texts)
    for topology in CASES[case].values() if case == "fleet" else [CASES[case]]:
        for end in [end for veth in topology.get("veth", ()) for end in (veth, veth["peer"])]:
            for text in (end["name"], *end.get("addresses", ())):
                assert text in shown or any(letter in text for letter in "\x07\udcff"), text
        assert all(
            item["name"][:45] in shown or any(letter in item["name"] for letter in "\x07\udcff")
            for item in topology.get("netns", ())
        )


def test_every_veth_pair_is_one_line() -> None:
    for case in ("router", "mesh", "twice", "chain", "switch", "fifty"):
        drawing = Drawing(picture(CASES[case], format="svg"))
        tooltips = [tip for _points, style, tip in drawing.lines if "veth" in style.split()]
        assert len(tooltips) == len(set(tooltips)) == len(CASES[case]["veth"]), case


def test_connections_that_are_cut_off_say_where_they_lead() -> None:
    drawing = Drawing(picture(CASES["dense"], format="svg"))
    labels = [label.text for label in drawing.labels]
    assert sorted(label for label in labels if label.startswith("at ")) == sorted(
        f"at br{number}" for number in range(1, 7) for _router in range(9)
    )
    assert all(f"= r{router}-p{number}" in labels for router in range(9) for number in range(1, 7))


def test_a_chain_that_is_too_long() -> None:
    endless = {
        "veth": [pair(f"c{number}", f"c{number + 1}", number % 250) for number in range(1500)]
    }
    with pytest.raises(
        AnsibleFilterError, match="format: 'svg': a chain of hundreds of veth pairs is too long"
    ):
        picture(endless, format="svg")
    assert "c1500" in picture(endless, format="mermaid")


@pytest.mark.parametrize("case", ["two", "fifty"])
def test_the_drawing_is_neither_too_wide_nor_too_high(case: str) -> None:
    drawing = Drawing(picture(CASES[case], format="svg"))
    width, height = drawing.size
    assert width < 1700 and 1 <= width / height <= 6
    assert len(drawing.boxes) == {"two": 3, "fifty": 51}[case]


def test_what_is_down_is_red_and_says_so() -> None:
    drawing = Drawing(picture(CASES["direct"], format="svg"))
    assert [style for _points, style, _tip in drawing.lines] == ["line veth down"]
    assert 'class="netns faulty"' in drawing.text
    assert [
        element.text
        for element in drawing.root.iter(f"{SVG}text")
        if "down" in element.get("class", "").split()
    ] == [
        "veth-blue 192.168.15.2/24 (down)",
        "veth-blue",
    ]
    assert "down" not in picture(CASES["two"], format="svg").partition("</style>")[2]


def test_observed_problems_are_red() -> None:
    down = Drawing(
        picture(
            {
                "topology": {
                    "netns": [{"name": "red"}],
                    "veth": [{"name": "veth-red", "netns": "red", "peer": {"name": "to-red"}}],
                },
                "links": {
                    "host": [
                        {"name": "lo", "up": True, "addresses": []},
                        {"name": "eth0", "up": False, "addresses": ["192.0.2.2/24"], "kind": ""},
                    ],
                    "red": [{"name": "lo", "up": False, "addresses": []}],
                },
                "neighbours": {
                    "red": [
                        {
                            "address": "192.168.15.9",
                            "device": "veth-red",
                            "state": "failed",
                            "router": False,
                        },
                        {
                            "address": "192.168.15.5",
                            "device": "veth-red",
                            "mac": "02:00:00:00:00:01",
                            "state": "reachable",
                            "router": False,
                        },
                        {
                            "address": "ff02::1",
                            "device": "veth-red",
                            "state": "noarp",
                            "router": False,
                        },
                    ]
                },
                "nat": {"host": {"backend": "nftables", "damaged": True}},
                "stale": ["ghost"],
            },
            format="svg",
        )
    )
    texts = [
        element.text
        for element in down.root.iter(f"{SVG}text")
        if "down" in element.get("class", "").split()
    ]
    assert texts == [
        "eth0 192.0.2.2/24 (down)",
        "NAT rules changed by another program",
        "lo (down)",
        "no answer from 192.168.15.9 on veth-red",
        "stale name: not a namespace",
    ]


def test_hostile_names_stay_texts() -> None:
    drawing = Drawing(picture(CASES["nasty"], format="svg"))
    titles = {texts[0].text for _box, texts in drawing.boxes}
    assert {name for name in HOSTILE if name.isprintable()} <= titles
    assert {"bell\ufffd", "bytes\ufffd"} <= titles
    assert "n" * 45 + "…" in titles


def test_the_document_needs_nothing_else(drawing: Drawing) -> None:
    assert {element.tag.replace(SVG, "") for element in drawing.root.iter()} <= {
        "svg",
        "title",
        "style",
        "rect",
        "g",
        "text",
        "polyline",
    }
    assert not any(
        name.startswith("on") or "href" in name
        for element in drawing.root.iter()
        for name in element.attrib
    )
    assert (
        "url(" not in drawing.text
        and "@import" not in drawing.text
        and "@font-face" not in drawing.text
    )


def test_it_is_accessible_and_has_a_dark_mode() -> None:
    text = picture(CASES["two"], format="svg", name="web1")
    root = ElementTree.fromstring(text)
    assert (
        root.get("role") == "img"
        and root[0].tag == f"{SVG}title"
        and root[0].get("id") == root.get("aria-labelledby")
    )
    assert root[0].text == "Network namespaces of web1"
    assert "@media (prefers-color-scheme: dark)" in text


def test_the_same_every_time() -> None:
    """Also in other processes, with other seeds of hashes."""
    script = (
        "import json, sys\nfrom ansible_collections.redblue.netns.plugins.filter.picture "
        "import picture\n"
        "print(picture(json.load(sys.stdin), format='svg'), end='')"
    )
    for case in ("router", "mesh"):
        drawn = {
            subprocess.run(
                [sys.executable, "-c", script],
                input=json.dumps(CASES[case]),
                env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for seed in ("1", "2")
        }
        assert drawn == {picture(CASES[case], format="svg")}
