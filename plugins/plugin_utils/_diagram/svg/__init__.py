# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The format svg, with a layout of our own and not that of Graphviz.

The reasons, of which the first one decides:

- A filter runs on the controller, where Graphviz is often not installed, and runs no programs.
- The same input gives the same bytes everywhere, so that a test can compare ``docs/lab.svg`` with
  the lab. The output of Graphviz depends on its version and on the installed fonts.
- The layout suits the subject. A bridge is a line with its ports, and its namespaces form a grid.
  ``dot`` 2.43 draws the namespaces of a bridge as one column: 982 x 17,587 pixels for 200
  namespaces, where this package needs 3,144 x 1,817.

Graphviz only if it is installed would be a second path with other pictures. Who prefers its layout
uses the format dot.
"""
