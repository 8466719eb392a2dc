# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The become plugin netns: runs tasks inside a network namespace of the managed host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: netns
short_description: Run tasks inside a network namespace
version_added: 1.0.0
author:
  - redblue.netns contributors (@redblue)
description:
  - Runs any module, over any connection, inside a named network namespace of the managed host, as
    C(ip netns exec) would run it.
  - The task sees the links, routes, sockets and C(/sys/class/net) of the namespace. It also sees
    the files in C(/etc/netns/NAME) in place of the files with the same names in C(/etc). This works
    even if C(/etc/resolv.conf) is a symbolic link, including a broken one.
  - The task never runs on the host instead. It fails if the name is missing, empty or not valid, if
    the namespace does not exist, if the file with that name is not a namespace or is the host's own
    namespace, if it is that of a container or process (O(redblue.netns.netns#module:attach)) which
    has ended, or if a file cannot be bind mounted. If O(become_user) is the login user, Ansible
    skips other become plugins. With this plugin the task still runs inside the namespace.
requirements:
  - On the managed host C(ip) of iproute2 and, for a O(become_user) other than root, C(su).
  - The login user is root, or may run C(/bin/sh) as root with O(become_exe).
notes:
  - In Ansible the variables C(ansible_become) and C(ansible_become_method) have precedence over the
    keywords C(become) and C(become_method). If an inventory sets these variables, set them as
    variables of the task too. Otherwise this plugin is not used. It is also not used with
    C(become=false). Such a task runs on the host, as written. The hosts of the inventory plugin
    P(redblue.netns.netns#inventory) have these variables, and cannot be reached without them.
  - What a task does on the controller stays on the controller, as with every become plugin. This
    applies to lookups, to the part of a task that an action plugin runs (finding a template, for
    example), and to tasks that are delegated to another host. C(wait_for), C(uri), C(get_url) and
    all other modules run inside the namespace. C(ansible.posix.synchronize) transfers files over a
    connection of its own, which leads to the host.
  - The namespace shares the files of the host, except the files in C(/etc/netns/NAME). A module
    that replaces one of those files, such as M(ansible.builtin.copy) with the C(dest)
    C(/etc/resolv.conf), fails. With C(unsafe_writes) it can write there. It is better to write to
    C(/etc/netns/NAME).
  - As with C(ip netns exec), C(/sys) contains no cgroups inside the namespace. Processes that the
    task leaves running stay inside.
  - Ansible stores facts by inventory name. To gather the facts of a namespace, give it an inventory
    name of its own, as the inventory plugin P(redblue.netns.netns#inventory) does.
  - Root keeps its environment, including C(HOME). If C(HOME) is not root's home directory, as in
    some containers, a task with C(async) needs the variable C(ansible_async_dir).
  - If neither O(become_user) nor the login user is root, the temporary files of a module must be
    readable for a third user. The same applies to sudo, see R(Ansible's page on becoming an
    unprivileged user,become). Pipelining avoids this.
  - Mitogen has become methods of its own only. With its strategies, set C(ansible_connection) for
    the host or the task to the full name of the connection plugin, such as C(ansible.builtin.ssh),
    which Mitogen does not replace. All modules of this collection run with Mitogen.
options:
  netns:
    description:
      - The name of the namespace, which is the name of a file under C(/run/netns). A path is
        refused.
      - A task without a name fails.
    type: string
    ini:
      - section: netns_become_plugin
        key: netns
    vars:
      - name: ansible_netns
    env:
      - name: ANSIBLE_NETNS
  become_user:
    description:
      - The user that runs the task inside the namespace.
    type: string
    default: root
    ini:
      - section: privilege_escalation
        key: become_user
      - section: netns_become_plugin
        key: user
    vars:
      - name: ansible_become_user
      - name: ansible_netns_user
    env:
      - name: ANSIBLE_BECOME_USER
      - name: ANSIBLE_NETNS_USER
    keyword:
      - name: become_user
  become_exe:
    description:
      - The program with which a login user other than root becomes root. It is called with
        O(become_flags), a command and the arguments of the command. C(su) does not accept such
        arguments.
      - If the login user is root, it is not called.
      - With C(doas), set O(become_flags) to V(-n). With C(nsenter), a user without root can enter a
        namespace that belongs to a user namespace of that user. Then set O(become_flags) to
        V(--target=PID --user --net --mount --preserve-credentials), with the PID of a process in
        it.
    type: string
    default: sudo
    ini:
      - section: privilege_escalation
        key: become_exe
      - section: netns_become_plugin
        key: executable
    vars:
      - name: ansible_become_exe
      - name: ansible_netns_exe
    env:
      - name: ANSIBLE_BECOME_EXE
      - name: ANSIBLE_NETNS_EXE
    keyword:
      - name: become_exe
  become_flags:
    description:
      - Options for O(become_exe). With a password, V(-n) is removed from them, and V(-p) with a
        prompt is appended.
      - Do not use sudo's V(-i), because a login shell does not pass arguments on unchanged.
    type: string
    default: -H -S -n
    ini:
      - section: privilege_escalation
        key: become_flags
      - section: netns_become_plugin
        key: flags
    vars:
      - name: ansible_become_flags
      - name: ansible_netns_flags
    env:
      - name: ANSIBLE_BECOME_FLAGS
      - name: ANSIBLE_NETNS_FLAGS
    keyword:
      - name: become_flags
  become_pass:
    description: >-
      The password for O(become_exe). Becoming another user inside the namespace needs no password.
    type: string
    ini:
      - section: netns_become_plugin
        key: password
    vars:
      - name: ansible_become_password
      - name: ansible_become_pass
      - name: ansible_netns_pass
    env:
      - name: ANSIBLE_BECOME_PASS
      - name: ANSIBLE_NETNS_PASS
seealso:
  - module: redblue.netns.netns
  - plugin: redblue.netns.netns
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: List the links of red
  ansible.builtin.command:
    argv: [ip, -brief, link]
  become: true
  become_method: redblue.netns.netns
  vars:
    ansible_netns: red
  changed_when: false

- name: Run several tasks inside blue as an unprivileged user
  become: true
  become_method: redblue.netns.netns
  become_user: nobody
  vars:
    ansible_netns: blue
    ansible_pipelining: true
  block:
    - name: Show the user
      ansible.builtin.command:
        argv: [id, -un]
      changed_when: false

    - name: Run a module
      ansible.builtin.ping:

- name: Run a task in several namespaces if the inventory sets ansible_become_method
  ansible.builtin.command:
    argv: [ip, -brief, address]
  vars:
    ansible_become: true
    ansible_become_method: redblue.netns.netns
    ansible_netns: "{{ item }}"
  loop: [red, blue]
  changed_when: false
"""

import re
import shlex
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.become import BecomeBase
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.names import check_netns_name
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.become_user import BecomeUser
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.mitogen import (
    is_called_by_mitogen,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._become.script import build_script

_USER = re.compile(r"[^\s:/-][^\s:/]*")
_NOT_INTERACTIVE = re.compile(r"^(-[A-Za-z]*)n([A-Za-z]*)$")
_MITOGEN = (
    "Mitogen cannot run the become plugin redblue.netns.netns. Set ansible_connection for this "
    "task or host to the full name of its connection plugin, such as ansible.builtin.ssh, which "
    "Mitogen does not replace, or use strategy: linear."
)
_NOT_RUN = "The task was not run, neither inside a namespace nor on the host."


class BecomeModule(BecomeBase):
    """Runs the commands of a task inside a network namespace."""

    name = "redblue.netns.netns"

    fail = ("Sorry, try again.",)
    missing = ("Sorry, a password is required to run sudo", "sudo: a password is required")

    def get_option(self, option: str, *args: Any, **kwargs: Any) -> Any:
        """The value of an option. The become user is one with whom Ansible never skips become.

        :raises AnsibleError: Mitogen asks for it.
        """
        if is_called_by_mitogen():
            raise AnsibleError(f"{_MITOGEN} {_NOT_RUN}")
        value = super().get_option(option, *args, **kwargs)
        return BecomeUser(value) if option == "become_user" and value else value

    def build_become_command(self, cmd: str, shell: Any) -> str:
        """A command for the login user's shell that runs ``cmd`` inside the namespace, or fails.

        :raises AnsibleError: the name of the namespace or of the user is not valid.
        """
        super().build_become_command(cmd, shell)
        if not cmd:
            return cmd
        netns = _read_netns(self.get_option("netns"))
        user = _read_user(self.get_option("become_user"))
        command = self._build_success_command(cmd, shell)
        return build_script(netns, user, command, self._become_root())

    def _become_root(self) -> list[str]:
        """The command that becomes root. With a password, it asks for it with our prompt."""
        flags = shlex.split(self.get_option("become_flags") or "")
        if self.get_option("become_pass"):
            self.prompt = f"[sudo via ansible, key={self._id}] password:"
            flags = [
                _NOT_INTERACTIVE.sub(r"\1\2", flag)
                for flag in flags
                if flag not in ("-n", "--non-interactive")
            ]
            flags += ["-p", self.prompt]
        return [*shlex.split(self.get_option("become_exe") or "sudo"), *flags]


def _read_netns(value: Any) -> str:
    if not value or not str(value).strip():
        raise AnsibleError(
            f"ansible_netns: {value!r}: is empty; set it to the name of a network namespace. "
            f"{_NOT_RUN}"
        )
    try:
        return check_netns_name("ansible_netns", str(value))
    except Refused as error:
        raise AnsibleError(f"{error}. {_NOT_RUN}") from error


def _read_user(value: Any) -> str:
    """The user inside the namespace. Empty for root, because ip runs the script as root."""
    if value and not _USER.fullmatch(value):
        raise AnsibleError(f"become_user: {str(value)!r}: is not a valid user name. {_NOT_RUN}")
    return "" if not value or value == "root" else str(value)
