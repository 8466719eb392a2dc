# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process of a topology on a host that systemd does not manage, from the fork to its command."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple
from .netns_view import enter_view
from .parent_death import end_with_parent
from .process_log import open_log

if TYPE_CHECKING:
    from typing import NoReturn

    from .._model.processes import LabProcess
    from .accounts import Account

MAX_MESSAGE = 4096
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Program(NamedTuple):
    """A process to be started."""

    process: LabProcess
    account: Account | None
    """None for root, as the task runs."""
    netns: int | None
    """A descriptor of its namespace; None for the host."""
    state_file: str
    """The file in the directory of states that tells how it is."""


def be_process(program: Program, supervisor: int, errors: int) -> NoReturn:
    """Be the process, from what the supervisor is to the command. It never returns.

    :param supervisor: the ID of its parent.
    :param errors: a pipe for the reason why it could not be started.
    """
    process = program.process
    try:
        os.setsid()
        if program.netns is not None and process.netns is not None:
            enter_view(program.netns, process.netns)
        if process.log is not None:
            log = open_log(process.log)
            os.dup2(log, 1)
            os.dup2(log, 2)
        environment = {"PATH": _PATH}
        if program.account is not None:
            environment.update(program.account.environment)
            os.setgroups(program.account.groups)
            os.setgid(program.account.gid)
            os.setuid(program.account.uid)
        environment.update(process.environment or ())
        os.umask(0o022)
        end_with_parent(supervisor)  # Only now that the user is the last one.
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvpe(process.command[0], list(process.command), environment)
    except BaseException as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        os.write(errors, f"{process.command[0]}: {text}".encode()[:MAX_MESSAGE])
    finally:
        os._exit(127)
