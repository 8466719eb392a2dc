# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options below another option, with the references between them."""

from __future__ import annotations

import re
from textwrap import indent


def below(path: str, text: str) -> str:
    """Options as suboptions of the option at `path`, including references between them."""
    return re.sub(r"O\((?=[a-z_.\[\]]+\))", f"O({path}.", indent(text, "    "))


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
