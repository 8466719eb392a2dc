# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes Python load a module faster from the archive in which Ansible sends it.

To find a module in an archive, ``zipimport`` compiles it just to learn its file name, and compiles
it again to run it (``zipimporter.get_filename`` in Lib/zipimport.py, Python 3.9 to 3.13). The
importer below knows the file name without that, which saves a task 0.02 to 0.06 s of CPU.

The garbage collector stays off: objects of a task live until its end, and searching a million of
them for garbage again and again takes a tenth of the time of a large topology.
"""

from __future__ import annotations

import gc
import os
import sys
import zipimport


class _Importer(zipimport.zipimporter):
    """Imports from an archive of sources, and compiles each module once."""

    def get_filename(self, fullname: str) -> str:
        path = os.path.join(self.archive, self.prefix + fullname.rpartition(".")[2])
        return os.path.join(path, "__init__.py") if self.is_package(fullname) else f"{path}.py"


def prepare() -> None:
    """To be called by a module before it imports anything else. Does nothing outside an archive."""
    if __spec__ is None or not isinstance(__spec__.loader, zipimport.zipimporter):
        return
    gc.disable()
    sys.path_hooks.insert(0, _Importer)
    for path, importer in list(sys.path_importer_cache.items()):
        if isinstance(importer, zipimport.zipimporter):
            del sys.path_importer_cache[path]
