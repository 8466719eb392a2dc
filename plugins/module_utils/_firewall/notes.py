# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes of what a run found in tables, for runs that find the tables unchanged.

A note is a file of one namespace. It counts for one state of all tables (tables_state.py) and for
the code that made it. Without one a run is slower, and nothing else.
"""

from __future__ import annotations

import contextlib
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from .._host.state_directory import read_state_file
from .._model.digests import sha256
from .._model.errors import Failed

if TYPE_CHECKING:
    from .tables_state import TablesState

OUT_OF_REACH = (OSError, Failed, LookupError)
"""What keeps a run from reading or writing a note."""
_ROOT = __name__.partition("._firewall.")[0]


def name_note(kind: str, inode: int) -> str:
    """The name of a note's file.

    :param inode: that of the namespace.
    """
    return f"{kind}-{inode}"


def read_note(kind: str, state: TablesState | None) -> bytes | None:
    """The content of a note; None if there is none that this run can read."""
    with contextlib.suppress(*OUT_OF_REACH):
        return None if state is None else read_state_file(name_note(kind, state.inode))
    return None


@cache
def digest_code(modules: tuple[str, ...]) -> bytes:
    """A digest of the source code of modules, by their names below ``module_utils``.

    :raises LookupError: the source of one is not there.
    """
    found = sha256()
    for name in modules:
        spec = find_spec(f"{_ROOT}.{name}")
        read_source = getattr(spec and spec.loader, "get_source", None)
        source = None if read_source is None or spec is None else read_source(spec.name)
        if source is None:
            raise LookupError(name)
        found.update(source.encode())
    return found.digest()
