# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of docs/site/check_links.py, which finds broken links."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "docs" / "site" / "check_links.py"


def check(*paths: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "other.html").write_text('<h1 id="there">x</h1>', encoding="utf-8")
    (tmp_path / "other.md").write_text(
        "# A `name`, and more\n```\n# no heading\n```\n", encoding="utf-8"
    )
    return tmp_path / "page.html"


@pytest.mark.parametrize(
    "link",
    [
        "other.html",
        "other.html#there",
        "#here",
        "other.md#a-name-and-more",
        "https://docs.ansible.com/x#y",
        "mailto:a@b.example",
    ],
)
def test_valid_links_are_accepted(page: Path, link: str) -> None:
    page.write_text(f'<a id="here" href="{link}">', encoding="utf-8")
    assert check(page) == (0, ["1 links in 1 pages, 0 broken"])


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("gone.html", "file not found"),
        ("other.html#gone", "anchor not found"),
        ("#gone", "anchor not found"),
        ("other.md#no-heading", "anchor not found"),
        ("http://docs.ansible.com/", "neither a local path nor an https URL with a host name"),
        ("https://host", "neither a local path nor an https URL with a host name"),
        ("file:///etc/passwd", "neither a local path nor an https URL with a host name"),
    ],
)
def test_broken_links(page: Path, link: str, why: str) -> None:
    page.write_text(f'<p id="here"><a href="{link}">', encoding="utf-8")
    assert check(page) == (1, [f"{page}: {link}: {why}", "1 links in 1 pages, 1 broken"])


def test_links_in_markdown_outside_of_code(page: Path) -> None:
    text = page.with_name("page.md")
    text.write_text(
        (
            "# Top\n[a](other.md) ![b](gone.svg) [c](#top) `[d](gone)`\n```\n[e](gone)\n```\n"
            "[f]: gone.txt\n"
        ),
        encoding="utf-8",
    )
    assert check(text) == (
        1,
        [
            f"{text}: gone.svg: file not found",
            f"{text}: gone.txt: file not found",
            "4 links in 1 pages, 2 broken",
        ],
    )


def test_a_directory_includes_its_pages_and_no_links_at_all_is_an_error(page: Path) -> None:
    page.write_text('<img src="gone.png">', encoding="utf-8")
    assert check(page.parent)[0] == 1
    page.unlink()
    assert check(page.parent) == (1, ["0 links in 0 pages, 0 broken"])
