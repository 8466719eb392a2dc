# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of links finds those that lead nowhere."""

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
def test_links_that_lead_somewhere(page: Path, link: str) -> None:
    page.write_text(f'<a id="here" href="{link}">', encoding="utf-8")
    assert check(page) == (0, ["1 links of 1 pages, 0 lead nowhere"])


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("gone.html", "there is no such file"),
        ("other.html#gone", "there is no such anchor"),
        ("#gone", "there is no such anchor"),
        ("other.md#no-heading", "there is no such anchor"),
        ("http://docs.ansible.com/", "is neither here nor https"),
        ("https://host", "is neither here nor https"),
        ("file:///etc/passwd", "is neither here nor https"),
    ],
)
def test_links_that_lead_nowhere(page: Path, link: str, why: str) -> None:
    page.write_text(f'<p id="here"><a href="{link}">', encoding="utf-8")
    assert check(page) == (1, [f"{page}: {link}: {why}", "1 links of 1 pages, 1 lead nowhere"])


def test_links_in_markdown_but_not_in_its_code(page: Path) -> None:
    text = page.with_name("page.md")
    text.write_text(
        "# Top\n[a](other.md) ![b](gone.svg) [c](#top) `[d](gone)`\n```\n[e](gone)\n```\n[f]: gone.txt\n",
        encoding="utf-8",
    )
    assert check(text) == (
        1,
        [
            f"{text}: gone.svg: there is no such file",
            f"{text}: gone.txt: there is no such file",
            "4 links of 1 pages, 2 lead nowhere",
        ],
    )


def test_a_directory_is_all_its_pages_and_nothing_at_all_is_wrong(page: Path) -> None:
    page.write_text('<img src="gone.png">', encoding="utf-8")
    assert check(page.parent)[0] == 1
    page.unlink()
    assert check(page.parent) == (1, ["0 links of 0 pages, 0 lead nowhere"])
