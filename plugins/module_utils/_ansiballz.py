# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive as which Ansible sends a module. To be imported before all others.

What a task imports and makes lives until its end: to look for garbage among a million things again and again takes a tenth of
its time, so nobody does. And each source is compiled once: before Python 3.13, to find a module in a zip compiles it, for its
name, and to run it compiles it again (get_filename in Lib/zipimport.py), which is a third of the 0.2 s that it takes to import
a module of ours.
"""

from __future__ import annotations

import functools
import gc
import zipimport

_compile = getattr(zipimport, "_compile_source", None)

if isinstance(__spec__ and __spec__.loader, zipimport.zipimporter):
    gc.disable()
    if _compile is not None:
        # The one that is run is the one that was found just before.
        setattr(zipimport, "_compile_source", functools.lru_cache(maxsize=1)(_compile))  # noqa: B010
