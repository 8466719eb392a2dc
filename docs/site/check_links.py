#!/usr/bin/env python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the local links of HTML and Markdown pages: check_links PATH...

A PATH is a page, or a directory of HTML pages. Links to other hosts are not followed; they must be
https and have a host name. Prints a line for each broken link. Exits with 1 if a link is broken,
or if there are no links.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_REFERENCES = {"a": "href", "link": "href", "img": "src", "script": "src", "object": "data"}


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := found.get(name))}
        link = found.get(_REFERENCES.get(tag, ""))
        if link is not None:
            self.links.add(link)


class Markdown(Page):
    """A Markdown page as GitHub renders it: headings are anchors, and code has no links."""

    def __init__(self, text: str) -> None:
        prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
        super().__init__(re.sub(r"<https?:[^>]*>", "", prose))
        self.links |= set(re.findall(r"\]\(\s*([^)\s]+)[^)]*\)", prose)) | set(
            re.findall(r"^\[[^\]]+\]:\s*(\S+)", prose, re.MULTILINE)
        )
        outside_code = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        for heading in re.findall(r"^#+ +(.*?) *#*$", outside_code, re.MULTILINE):
            self.anchors.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))


def read(path: Path) -> Page:
    return (Markdown if path.suffix == ".md" else Page)(path.read_text(encoding="utf-8"))


def find_fault(path: Path, link: str, pages: dict[Path, Page]) -> str:
    """Return why a link of the page at `path` is broken, or an empty string."""
    parts = urlsplit(link)
    if parts.scheme in ("mailto", "data"):
        return ""
    if parts.scheme or parts.netloc:
        return (
            ""
            if parts.scheme == "https" and re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc)
            else "neither a local path nor an https URL with a host name"
        )
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return "file not found"
    if not parts.fragment or target.suffix not in (".html", ".md"):
        return ""
    if target not in pages:
        pages[target] = read(target)
    return "" if unquote(parts.fragment) in pages[target].anchors else "anchor not found"


def find_pages(given: list[str]) -> Iterator[Path]:
    for name in given:
        path = Path(name).resolve()
        yield from sorted(path.rglob("*.html")) if path.is_dir() else [path]


def main() -> int:
    pages = {path: read(path) for path in find_pages(sys.argv[1:])}
    links = [(path, link) for path, page in list(pages.items()) for link in sorted(page.links)]
    bad = [
        f"{path}: {link}: {why}" for path, link in links if (why := find_fault(path, link, pages))
    ]
    linked = {path for path, _link in links}
    print("\n".join([*bad, f"{len(links)} links in {len(linked)} pages, {len(bad)} broken"]))
    return 1 if bad or not links else 0


if __name__ == "__main__":
    sys.exit(main())
