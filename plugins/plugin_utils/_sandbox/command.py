# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that runs an untrusted program in a sandbox. Pure."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.netns_files import ETC_NETNS
from ansible_collections.redblue.netns.plugins.module_utils._model.service_units import (
    RESOLVER_DIRECTORIES,
)

from .._bridge_lab.options import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_HIDDEN = (*RESOLVER_DIRECTORIES, "/run/dbus")
"""Directories with sockets of the host: an untrusted program gets no message to a service."""
_SCRIPT = """\
for directory in {hidden}; do
    [ ! -d "$directory" ] || mount -t tmpfs -o mode=0755,size=64k none "$directory" || exit
done
own={directory}/"$1"/resolv.conf file=$(readlink -f /etc/resolv.conf)
[ ! -e "$own" ] || [ -e "$file" ] || cp "$own" "$file" || exit
user=$2 group=$3
shift 3
exec env -i PATH={path} HOME=/tmp {variables} \\
    setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs \\
    --inh-caps=-all --bounding-set=-all -- "$@"
"""
"""Where /etc/resolv.conf leads into a hidden directory, that of the namespace is copied there."""


def compose_command(
    name: str, command: Any, user: Any, group: Any, variables: Iterable[str]
) -> list[str]:
    """The program and its arguments, as a user without privileges; empty without a command.

    :param name: of the namespace that the command is in when it starts, as root.
    :param command: a list of arguments, or a string as in a shell without variables and pipes.
    :param variables: the names of environment variables that the program keeps. All others, which
        may hold secrets of the host, are unset.
    :raises Refused: an argument is not valid.
    """
    arguments = read_arguments(command)
    if not arguments:
        return []
    script = _SCRIPT.format(
        hidden=" ".join(_HIDDEN),
        directory=ETC_NETNS,
        path=_PATH,
        variables=" ".join(f'{check_variable(each)}="${each}"' for each in variables),
    )
    users = [_read_account("user", user), _read_account("group", group)]
    return ["sh", "-c", script, "sandbox", name, *users, *arguments]


def read_arguments(command: Any) -> list[str]:
    """The arguments of a command.

    :raises Refused: it is neither a list of strings nor a string, or has an open quote.
    """
    if command is None:
        return []
    if isinstance(command, str):
        try:
            return shlex.split(command)
        except ValueError as error:
            raise Refused("command", command, f"cannot be split: {error}") from error
    if not isinstance(command, list):
        raise Refused("command", command, "is not a list, such as [pip, install, flask]")
    return [read_text(f"command[{index}]", each) for index, each in enumerate(command)]


def check_variable(name: str) -> str:
    """The name of an environment variable, which is code of a shell here.

    :raises Refused: it is not a name.
    """
    if not _VARIABLE.fullmatch(name):
        raise Refused("environment", name, "is not the name of a variable, such as LANG")
    return name


def _read_account(parameter: str, value: Any) -> str:
    text = str(value)
    if not re.fullmatch(r"[0-9]+|[a-z_][a-z0-9_.-]*", text, re.IGNORECASE):
        raise Refused(parameter, value, "is neither a name nor a number, such as nobody or 65534")
    if text in ("root", "0"):
        raise Refused(parameter, value, "has all rights on the host; name one without any")
    return text
