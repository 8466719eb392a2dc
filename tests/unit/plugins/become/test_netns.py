# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that the become plugin builds, and when Ansible asks it for one."""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.shell.sh import ShellModule
from ansible_collections.redblue.netns.plugins.become.netns import BecomeModule

OPTIONS = {
    "netns": "red",
    "become_user": "root",
    "become_exe": "sudo",
    "become_flags": "-H -S -n",
    "become_pass": None,
}


def make_plugin(**options: Any) -> BecomeModule:
    plugin = BecomeModule()
    plugin._options = {**OPTIONS, **options}
    return plugin


def make_shell() -> ShellModule:
    shell = ShellModule()
    shell.executable = "/bin/sh"
    return shell


def build(command: str = "true", **options: Any) -> str:
    return make_plugin(**options).build_become_command(command, make_shell())


def split(command: str) -> tuple[str, str, str, list[str]]:
    """The arguments of the script: namespace, user, command, and what makes root."""
    words = shlex.split(command)
    assert words[:2] == ["/bin/sh", "-c"] and words[3] == "redblue.netns.netns"
    return words[4], words[5], words[6], words[9:]


def test_it_is_one_line_and_its_words_are_kept_apart() -> None:
    command = build('echo "it\'s" $HOME', become_user="app")
    assert "\n" not in command
    netns, user, run, escalate = split(command)
    assert (netns, user, escalate) == ("red", "app", ["sudo", "-H", "-S", "-n"])
    shell, flag, script = shlex.split(run)
    assert (
        (shell, flag) == ("/bin/sh", "-c")
        and script.startswith("echo BECOME-SUCCESS-")
        and script.endswith(' ; echo "it\'s" $HOME')
    )


@pytest.mark.parametrize("user", ["root", "", None])
def test_root_needs_no_further_step(user: Any) -> None:
    assert split(build(become_user=user))[1] == ""


@pytest.mark.parametrize(
    "flags, left",
    [
        ("-H -S -n", ["-H", "-S"]),
        ("-HSn", ["-HS"]),
        ("-nHS --non-interactive", ["-HS"]),
        ("-S -p 'a word'", ["-S", "-p", "a word"]),
        ("", []),
        (None, []),
    ],
)
def test_with_a_password_sudo_asks_for_it(flags: str | None, left: list[str]) -> None:
    plugin = make_plugin(become_flags=flags, become_pass="secret")
    command = plugin.build_become_command("true", make_shell())
    assert split(command)[3] == ["sudo", *left, "-p", plugin.prompt]
    assert "secret" not in command
    assert plugin.expect_prompt() and plugin.check_password_prompt(plugin.prompt.encode())


@pytest.mark.parametrize(
    "exe, words",
    [
        ("/opt/my\\ sudo", ["/opt/my sudo"]),
        ("nsenter -t 1 --user", ["nsenter", "-t", "1", "--user"]),
        ("", ["sudo"]),
    ],
)
def test_what_makes_root_may_have_words_of_its_own(exe: str, words: list[str]) -> None:
    assert split(build(become_exe=exe, become_flags=""))[3] == words


def test_no_command_stays_none() -> None:
    assert build("") == ""


@pytest.mark.parametrize(
    "netns, words",
    [
        (None, "ansible_netns: None: names no network namespace"),
        ("", "ansible_netns: '': names no network namespace"),
        (" \n", "names no network namespace"),
        ("../etc", "ansible_netns: '../etc': a network namespace's name"),
        ("/run/netns/red", "ansible_netns"),
        ("-all", "ansible_netns"),
        ("red\n", "ansible_netns"),
        ("$(id)", "ansible_netns"),
        ("röt", "ansible_netns"),
        ("all", "reserved"),
        ("r" * 65, "65 bytes"),
    ],
)
def test_no_name_is_no_command(netns: Any, words: str) -> None:
    with pytest.raises(AnsibleError) as caught:
        build(netns=netns)
    assert words in str(caught.value) and "was not run" in str(caught.value)


@pytest.mark.parametrize("user", ["-c id", "--", "a b", "a/b", "a:b", "\n", " "])
def test_nor_is_what_no_user_is_called(user: Any) -> None:
    with pytest.raises(
        AnsibleError, match="become_user: .* is not a user's name. The task was not run"
    ):
        build(become_user=user)


class Connection:
    """What ActionBase needs to know of one: who logged in, and the command that it is given."""

    transport, allow_executable = "ssh", False

    def __init__(self, become: Any, user: Any) -> None:
        self.become, self.user, self._shell, self.command = become, user, make_shell(), ""

    def get_option(self, option: str) -> Any:
        return {"remote_user": self.user}[option]

    def exec_command(
        self, cmd: str, in_data: Any = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        self.command = cmd
        return 0, b"", b""


class Action(ActionBase):
    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        return {}


def make_action(login: str | None, become_user: str | None) -> Action:
    connection = Connection(make_plugin(become_user=become_user), login)
    return Action(
        SimpleNamespace(action="raw", args={}),
        connection,
        SimpleNamespace(executable=None),
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "login, become_user",
    [
        ("root", "root"),
        ("deploy", "deploy"),
        ("deploy", "root"),
        ("root", None),
        (None, None),
        (None, "root"),
        ("", ""),
    ],
)
def test_ansible_asks_for_it_whoever_logs_in(login: str | None, become_user: str | None) -> None:
    action = make_action(login, become_user)
    action._low_level_execute_command("true")
    assert split(action._connection.command)[0] == "red"


@pytest.mark.parametrize(
    "login, become_user, unprivileged",
    [
        ("deploy", "deploy", False),
        ("deploy", "root", False),
        ("deploy", "app", True),
        ("root", "app", True),
    ],
)
def test_and_still_knows_whose_files_they_are(
    login: str | None, become_user: str | None, unprivileged: bool
) -> None:
    action = make_action(login, become_user)
    assert action._is_become_unprivileged() is unprivileged
    assert action.get_become_option("become_user") == become_user
