# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of attachments to networks of CNI, for netns_cni and topology."""

from __future__ import annotations

OF_CNI = """\
netns:
  description: The namespace. It must exist, except when it is detached.
  type: str
  required: true
ifname:
  description:
    - The name of the interface in the namespace. With V(lo), the plugin C(loopback) sets up the
      loopback.
  type: str
  default: eth0
network:
  description:
    - A network configuration (conflist) as a dictionary, or the name of a network whose
      configuration is in C(/etc/cni/net.d). The configuration of a single plugin is taken as a list
      of one. Required, except when a namespace is detached.
    - Plugins in a directory of the network's name, which libcni 1.3 adds to the list, are not
      added.
    - C(host-device), and C(macvlan) in mode C(passthru), are refused the interface by which the
      host has its default route or the task's SSH connection.
    - Values of keys that look like secrets are neither shown nor logged.
  type: raw
args:
  description:
    - Arguments that all plugins get as C(CNI_ARGS). Most plugins fail with arguments that they do
      not know, unless C(IgnoreUnknown) is V(1).
  type: dict
capabilities:
  description:
    - What plugins with these capabilities get as C(runtimeConfig), such as C(portMappings) and
      C(bandwidth). A capability that no plugin of the network has is refused, and so is a mapping
      of the port of the task's SSH connection, or of what is no port.
  type: dict
plugin_path:
  description:
    - Absolute paths of the directories with plugins. By default these are C(/opt/cni/bin),
      C(/usr/lib/cni) and C(/usr/libexec/cni).
  type: list
  elements: str
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
