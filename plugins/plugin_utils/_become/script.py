# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell commands that run a command inside a network namespace. Pure.

Three scripts, each of which starts the next one: as the login user, as root on the host, and as
root inside the namespace. Each fails rather than run the command elsewhere. They are for a POSIX
shell, and in one line: the login user's shell may be a csh, which accepts no line break in quotes.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = "redblue.netns.netns"
"""The scripts' name, with which their error messages begin."""


def _join(*statements: str) -> str:
    return "; ".join(statements)


_FAIL = 'fail() { echo "$0: $*" >&2; exit 1; }'

# As the login user. The arguments after the first five become root, unless the user is root.
_BECOME_ROOT = _join(
    "netns=$1 user=$2 run=$3 enter=$4 inside=$5",
    "shift 5",
    '[ "$(id -u)" != 0 ] || set --',
    'exec "$@" /bin/sh -c "$enter" ' + _NAME + ' "$netns" "$user" "$run" "$inside"',
)

# Whose namespace it is, if this collection only gave it a name, and its process has ended. The
# record of owners tells (_host/owner_file.py). A process is known by its start time, which is the
# 20th field after its name in /proc/PID/stat.
_WHOSE = _join(
    "import json, os, sys",
    "record = json.load(open(sys.argv[2]))['namespaces'].get(sys.argv[1], [])",
    "container, _engine, pid, start = (record[4] if len(record) > 4 else [None, None, 0, 0])[:4]",
    "stat = '/proc/%d/stat' % pid",
    "text = open(stat).read() if os.path.exists(stat) else ''",
    "runs = text.rpartition(')')[2].split()[19:20] == [str(start)]",
    "whose = 'container %s' % container if container else 'process %d' % pid",
    "print('' if runs or not pid else whose)",
)

# Only a namespace with such a record needs Python.
_FIND_WHOSE = _join(
    "records=/run/redblue-netns/owners-$(stat -L -c %i /proc/self/ns/net) whose=",
    """if grep -Eqs '"'"$1"'":\\[[^:]*(true|false),\\[[^]]*\\],\\[' "$records\"""",
    "then for python in /usr/bin/python3 /usr/libexec/platform-python python3",
    'do whose=$("$python" -ISc "' + _WHOSE + '" "$1" "$records" 2>/dev/null) && break',
    "done",
    "fi",
)

# As root on the host. Only a file in nsfs (magic number 0x6e736673, linux/magic.h) is a namespace.
# A symbolic link is refused, because it may lead to the host's own namespace.
_ENTER = _join(
    _FAIL,
    "file=/run/netns/$1 current=$(readlink /proc/self/ns/net)",
    '[ "$(id -u)" = 0 ] '
    '|| fail "entering a network namespace requires root, and the user is $(id -un)"',
    _FIND_WHOSE,
    '[ -e "$file" ] || [ -L "$file" ] '
    '|| fail "network namespace $1 does not exist${whose:+. It was that of $whose, which ended}"',
    '[ -z "$whose" ] || fail "network namespace $1 is that of $whose, which has ended. '
    'Start it, and run the task again that attached it"',
    '[ ! -L "$file" ] && [ "$(stat -f -c %t "$file")" = 6e736673 ] '
    '|| fail "$file is not a network namespace"',
    'ip=$(PATH=$PATH:/usr/sbin:/sbin; command -v ip) || fail "ip (iproute2) is not installed"',
    'exec "$ip" netns exec "$1" /bin/sh -c "$4" "$0" "$1" "$2" "$3" "$current"',
)

# Bind mounts over a symbolic link itself, by its descriptor. mount(8) would follow the link.
# The flags are O_PATH | O_NOFOLLOW, and 4096 is MS_BIND.
_BIND_OVER_LINK = _join(
    "import ctypes, os, sys",
    "link = os.open(sys.argv[2], os.O_PATH | os.O_NOFOLLOW)",
    "target = b'/proc/self/fd/%d' % link",
    "mount = ctypes.CDLL(None).mount",
    "raise SystemExit(mount(os.fsencode(sys.argv[1]), target, None, 4096, None))",
)

# As root inside the namespace. "ip netns exec" bind mounts over the target of a symbolic link in
# /etc. If the target is missing, it only warns. Otherwise, a task that replaces the link replaces
# it on the host. So this script mounts over the link itself.
_INSIDE = _join(
    _FAIL,
    '[ "$(readlink /proc/self/ns/net)" != "$4" ] '
    '|| fail "/run/netns/$1 is the network namespace of the connection itself"',
    "bind_over_link() { "
    "for python in /usr/bin/python3 /usr/libexec/platform-python python3; do "
    '"$python" -ISc "' + _BIND_OVER_LINK + '" "$1" "$2" 2>/dev/null && return; done; }',
    'for own in /etc/netns/"$1"/*; do over=/etc/${own##*/}',
    '[ ! -e "$own" ] || [ ! -L "$over" ] || bind_over_link "$own" "$over"',
    '[ ! -e "$own" ] || [ "$own" -ef "$over" ] '
    '|| fail "$own cannot be bind mounted over $over"; done',
    '[ -z "$2" ] || exec su -s /bin/sh -c "$3" "$2"',
    'exec /bin/sh -c "$3"',
)


def build_script(netns: str, user: str, command: str, become_root: Sequence[str]) -> str:
    """A command for the login user's shell that runs a command inside a namespace, or fails.

    :param netns: the name of the namespace.
    :param user: the user inside the namespace; empty for root.
    :param command: a command for /bin/sh.
    :param become_root: the words of a command such as sudo that runs its arguments as root. It is
        not used if the login user is root.
    """
    script = ["/bin/sh", "-c", _BECOME_ROOT, _NAME]
    return shlex.join([*script, netns, user, command, _ENTER, _INSIDE, *become_root])
