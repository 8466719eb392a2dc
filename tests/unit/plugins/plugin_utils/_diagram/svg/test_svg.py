# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SVG as a reader sees it: nothing overlaps, texts fit, lines lead from end to end."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.picture import picture
from ansible_collections.redblue.netns.tests.unit.support.drawings import (
    CASES,
    HOSTILE,
    pair,
)
from ansible_collections.redblue.netns.tests.unit.support.svg_document import SVG, Area, Drawing


@pytest.fixture(scope="module", params=CASES)
def drawing(request: pytest.FixtureRequest) -> Drawing:
    return Drawing(picture(CASES[request.param], format="svg"))


def test_no_two_boxes_overlap(drawing: Drawing) -> None:
    for (first, _texts), (second, _others) in itertools.combinations(drawing.boxes, 2):
        assert not first.overlaps(second), (first, second)
    for first, second in itertools.combinations(drawing.frames, 2):
        assert not first.overlaps(second)
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
        for text, below in zip(texts, texts[1:]):
            assert not text.overlaps(below), (text, below)


def test_labels_stand_beside_boxes_and_each_other(drawing: Drawing) -> None:
    for label, (box, _texts) in itertools.product(drawing.labels, drawing.boxes):
        assert not label.overlaps(box), (label, box)
    for first, second in itertools.combinations(drawing.labels, 2):
        assert not first.overlaps(second), (first, second)


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
def test_every_name_and_address_is_drawn(case: str) -> None:
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


def test_a_chain_that_is_too_long_is_cut_off() -> None:
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


def test_hostile_names_stay_texts() -> None:
    drawing = Drawing(picture(CASES["nasty"], format="svg"))
    titles = {texts[0].text for _box, texts in drawing.boxes}
    assert {name for name in HOSTILE if name.isprintable()} <= titles
    assert {"bell\ufffd", "bytes\ufffd"} <= titles
    assert "n" * 45 + "…" in titles


def test_the_document_refers_to_no_other_file(drawing: Drawing) -> None:
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


def test_the_same_input_gives_the_same_drawing() -> None:
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
