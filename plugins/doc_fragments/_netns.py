# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of netns."""

from __future__ import annotations

OF_NETNS = """\
name:
  description:
    - The name of the namespace, as C(ip netns) shows it.
    - At most 64 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit.
      A path is refused.
  type: str
  required: true
sysctls:
  description:
    - Kernel parameters (sysctls) inside the namespace. Keys are names such as
      V(net.ipv4.ip_forward), values are numbers or strings. Only parameters under C(net.) are
      allowed.
    - A value must be written as the kernel prints it, for example V(1) instead of V(01). A value
      that the kernel prints differently is an error. The ports of
      C(net.ipv4.ip_local_reserved_ports) may be in any order.
    - Parameters that cannot be read, such as C(net.ipv4.route.flush), have no state and are
      refused.
    - Parameters that are not listed stay as they are.
    - In a topology, the parameters of an interface, and those of C(default) for interfaces without
      their own, count instead of what this collection sets by itself - C(accept_ra), C(accept_dad)
      and C(addr_gen_mode). An interface that accepts router advertisements has a link-local
      address.
    - A value that the masquerading or port forwarding of the same task cannot work with, such as
      V(0) for C(net.ipv6.conf.all.forwarding), is refused. So is a parameter that the kernel has
      for the whole host, and a value that it does not take. Check mode refuses them too. With Linux
      before 5.12 it does not try values.
  type: dict
nameservers:
  description:
    - Addresses of DNS servers. They are written to C(/etc/netns/NAME/resolv.conf), which C(ip netns
      exec) bind mounts over C(/etc/resolv.conf).
    - If O(nameservers) or O(search) is given, the file contains exactly these values. If neither is
      given, the file stays as it is. A file that this collection did not write is replaced only
      with O(force=true). A file that it wrote is removed with the namespace.
  type: list
  elements: str
search:
  description: DNS search domains, written to the same file as O(nameservers).
  type: list
  elements: str
force:
  description:
    - Remove the namespace even if processes run in it, or if it contains interfaces that this
      collection did not create. When a topology is removed, also remove a namespace that contains
      interfaces of another owner. Processes run on, without the interfaces.
    - With O(nameservers) or O(search), replace a file that this collection did not write.
  type: bool
  default: false
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
