# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regular expressions that are compiled when they are first used.

Python compiles one in 0.1 to 0.5 ms. A task imports the modules of all resources with 60 of them,
and uses those of its own resources.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["compile_lazily"]

if TYPE_CHECKING:
    from re import compile as compile_lazily
else:

    class compile_lazily:  # noqa: N801  # stands for the function
        """See ``re.compile``."""

        def __init__(self, pattern: str, flags: int = 0) -> None:
            self._arguments = (pattern, flags)

        def __getattr__(self, name: str) -> Any:
            if "_compiled" not in self.__dict__:
                self._compiled = re.compile(*self._arguments)
            attribute = getattr(self._compiled, name)
            # Found without this function from now on.
            setattr(self, name, attribute)
            return attribute
