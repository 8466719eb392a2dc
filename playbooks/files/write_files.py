# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes files into a directory and prints the names of those that change.

write_files.py DIRECTORY [--check]: a line of standard input is "file", a space, and the name and
content of a file as a JSON list. Each file ends with one newline.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(directory: Path, is_check: bool) -> None:
    lines = [line.partition(" ")[2] for line in sys.stdin if line.startswith("file ")]
    if not is_check:
        directory.mkdir(parents=True, exist_ok=True)
    for name, text in map(json.loads, lines):
        path, content = directory / name, f"{text.strip()}\n"
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == content:
            continue
        print(name)
        if not is_check:
            path.write_text(content, encoding="utf-8")
            path.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--check" in sys.argv[2:])
