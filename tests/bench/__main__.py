# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast it is. Run in a private host (`make bench`).

The red/blue lab, tasks that change nothing, the command ``redblue-netns``, thousands of port
forwards, probes, Open vSwitch, policies, and ever more namespaces on one bridge.
"""

from __future__ import annotations

import sys
from pathlib import Path

import checks
import forwards
import lab
import policies
import probes
import scale
import switches
import warm_task

SIZES = (2, 10, 40, 100, 500, 1000)


def main() -> None:
    sizes = tuple(map(int, sys.argv[2:])) or SIZES
    lab.main()
    warm_task.main()
    checks.main()
    forwards.main()
    probes.main()
    switches.main()
    policies.main()
    scale.main(sizes, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
