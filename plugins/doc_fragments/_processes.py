# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of processes, for topology."""

from __future__ import annotations

OF_PROCESS = """\
name:
  description: The name, of letters, digits and C(_ . -), at most 32.
  type: str
  required: true
netns:
  description:
    - The namespace in which the process runs, with the files of C(/etc/netns/NAME), such as its
      C(resolv.conf), in the place of those in C(/etc). If omitted, the process runs on the host.
  type: str
command:
  description:
    - The program and its arguments. There is no shell, and nothing in them is expanded. The program
      is an absolute path, or a name that is searched for in the directories of the system.
    - It must stay in the foreground. A program that puts itself into the background has ended.
  type: list
  elements: str
  required: true
user:
  description: >-
    The user as which the process runs. If omitted, root. One that does not exist on the host is
    refused before anything is changed.
  type: str
environment:
  description:
    - Environment variables. Beside them, the process has only C(PATH), and those that describe its
      user. If omitted, the variables of an existing process stay as they are.
    - Their values may be secrets. They are never returned, shown or logged. With C(persist) of the
      topology they are refused, because they would be copied into a file. For values that are no
      secrets write C([env, NAME=VALUE, PROGRAM]) in C(command).
  type: dict
ready:
  description:
    - What shows that the process does its work. The task waits for it when it has started the
      process. If it does not come in time, or the process ends before, the task fails with the end
      of C(log), and all changes are rolled back.
    - If omitted, the task only checks that the process has been started and runs.
  type: dict
  suboptions:
    protocol:
      description: The protocol of C(port).
      type: str
      choices:
        - tcp
        - udp
      default: tcp
    port:
      description: A port on which something listens in the namespace.
      type: int
    output:
      description: A text that the process writes. It requires C(log), where it is searched for.
      type: str
    timeout:
      description: How long to wait for it, in seconds, at most 3600.
      type: int
      default: 60
restart:
  description:
    - Whether the process is started again, after a second, when it has ended by itself. The value
      V(on-failure) means after an exit status other than 0, or a signal other than SIGHUP, SIGINT,
      SIGTERM and SIGPIPE.
    - With V(no) the next run of the task starts it again.
  type: str
  choices:
    - "no"
    - on-failure
    - always
  default: "no"
log:
  description:
    - A file to which the output of the process is appended. It belongs to root, and stays when the
      process is removed. Its directory must exist, and only root may be able to replace files in
      it.
    - If omitted, the output is in the journal of systemd, or nowhere if systemd does not run the
      process.
  type: path
"""
