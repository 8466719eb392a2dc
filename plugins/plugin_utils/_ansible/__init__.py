# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Uses of ansible-core beyond the interfaces that it documents for plugins, one in each file.

Each file says why it needs them. tests/unit/plugins/plugin_utils/_ansible has a test of each, which
tests/bin/cores runs with every supported version of ansible-core.
"""
