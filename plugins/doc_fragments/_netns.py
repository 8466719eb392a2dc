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
attach:
  description:
    - Give this name to the network namespace of a container or of another process, as C(ip netns
      attach) does, instead of creating one. It can have interfaces, addresses, routes and rules
      like any other then. What others made in it is not touched, nor its loopback.
    - Such a namespace is never removed. Removing it removes its name and, in it, the interfaces of
      this collection, and the routes of this collection that the same topology, or modules without
      a topology, added.
    - When the container or process has ended, its name still keeps the namespace in existence. The
      next task that attaches it removes the name, with a warning, and leaves out what it wants in
      that namespace until the container runs again. If it runs again already, the name leads to its
      new namespace, and what is wanted there is made anew.
    - The task is refused, in check mode too, if the container or process does not exist or does not
      run, and was not attached before since the last boot; if it uses the host's own network
      namespace; if its namespace has another name; and if the name is that of another namespace.
    - With O(redblue.netns.topology#module:persist) a container need not run when the topology is
      applied at boot. It is left out with a warning then, and connected when C(docker.service) has
      been started, which starts containers with a restart policy, or at once where the topology is
      watched and restored. A task whose topology is persistent with that container already does the
      same. O(attach.pid) cannot be persistent.
  type: dict
  version_added: 1.0.0
  suboptions:
    container:
      description:
        - The name or ID of a container that runs. Its engine is asked by C(container inspect), and
          has to confirm the process when its namespace is open.
        - Docker disables IPv6 on new interfaces of a container unless its own network has IPv6.
          Start it with C(--sysctl net.ipv6.conf.default.disable_ipv6=0), or set that parameter in
          O(sysctls).
      type: str
    engine:
      description:
        - The engine of the container. With V(auto), all that are installed are asked. Programs
          are looked up in C(/usr/sbin), C(/sbin), C(/usr/bin) and C(/bin).
        - They are run as root with their default settings, so containers of other users are not
          found. Use O(attach.pid) for these.
      type: str
      choices:
        - auto
        - docker
        - podman
      default: auto
    pid:
      description:
        - The ID of a process. Exactly one of O(attach.container) and O(attach.pid) is required.
      type: int
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
