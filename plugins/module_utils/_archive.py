# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive as which Ansible sends a module: its sources are compiled once. To be imported before all others.

Before Python 3.13, to find a module in a zip compiles it, for its name, and to run it compiles it again (get_filename in
Lib/zipimport.py). Of the 0.2 s that a module of ours takes to be imported, that is a third.
"""

from __future__ import annotations

import functools
import zipimport

_compile = getattr(zipimport, "_compile_source", None)

if _compile is not None and isinstance(__spec__ and __spec__.loader, zipimport.zipimporter):
    # The one that is run is the one that was found just before.
    setattr(zipimport, "_compile_source", functools.lru_cache(maxsize=1)(_compile))  # noqa: B010
