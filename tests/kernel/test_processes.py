# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of a topology on hosts that systemd does not manage."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.accounts import explain_unusable
from ansible_collections.redblue.netns.plugins.module_utils._host.netns import call_libc
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.info import gather_info
from support.lab_processes import (
    GO,
    LOG,
    SERVER,
    ask,
    assert_nothing_is_left,
    lab,
    list_servers,
    list_supervisors,
    wait_until,
    web,
)
from support.private_host import IS_REAL_ROOT
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run, run_as_predicted


def test_a_server_answers_packets_of_both_families(red_and_blue: None) -> None:
    done = run_as_predicted("topology", **lab(web(environment={"WORD": "hello"})))
    assert "start process web in namespace blue" in done["actions"]
    assert ask("192.168.15.2") == ask("fd00:15::2") == "hello"
    assert len(list_servers()) == 2
    assert not run("topology", **lab(web()))["changed"]
    done = run("topology", name="lab", state="absent")
    assert "end process web in namespace blue" in done["actions"]
    assert_nothing_is_left()


CLONE_NEWUSER = 0x10000000
CHANGES: list[Raw] = [
    {"command": ["python3", "-c", SERVER, "again"]},
    {"environment": {"WORD": "other"}},
    *([{"user": "nobody"}] if IS_REAL_ROOT else []),
    {"netns": "red"},
    {"restart": "always"},
    {"log": "/run/other.log"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_process_is_started_anew_with_what_it_was_not_started_with(
    red_and_blue: None, change: Raw
) -> None:
    run("topology", **lab(web(environment={"WORD": "hello"})))
    before = set(list_servers())
    (option,) = change
    done = run_as_predicted("topology", **lab(web(**{"environment": {"WORD": "hello"}, **change})))
    assert len(done["actions"]) == 1 and done["actions"][0].endswith(f"with another {option}")
    assert before.isdisjoint(list_servers())


def test_a_process_whose_options_are_the_same_stays(red_and_blue: None) -> None:
    run("topology", **lab(web(environment={"WORD": "hello"})))
    before = list_servers()
    assert not run("topology", **lab(web()))["changed"]
    assert run("topology", check=True, **lab(web(environment={})))["changed"]
    assert list_servers() == before


def test_what_shows_that_a_process_is_ready_is_changed_without_a_restart(
    red_and_blue: None,
) -> None:
    run("topology", **lab(web()))
    before = list_servers()
    what = "change what shows that process web in namespace blue is ready: "
    for ready, sign in (
        ({"output": "serving", "timeout": 5}, "'serving' in its log"),
        (None, "nothing but that it runs"),
        ({"port": 1080}, "a listener on tcp port 1080"),
    ):
        done = run_as_predicted("topology", **lab(web(ready=ready)))
        assert done["actions"] == [what + sign] and done["commands"] == []
        assert gather_info()["topology"]["processes"][0].get("ready", {}).keys() >= {*(ready or ())}
        assert not run("topology", **lab(web(ready=ready)))["changed"]
    with pytest.raises(Failed, match="nothing listens on tcp port 2000[^$]*undone: change what"):
        run("topology", **lab(web(ready={"port": 2000, "timeout": 1})))
    assert not run("topology", **lab(web()))["changed"]
    assert list_servers() == before


def test_check_mode_starts_nothing(no_logs: None) -> None:
    run("topology", **LAB)
    done = run("topology", check=True, **lab(web()))
    assert done["changed"] and done["actions"] == ["start process web in namespace blue"]
    assert_nothing_is_left()
    assert not LOG.exists()


@pytest.mark.skipif(not IS_REAL_ROOT, reason="no other user to become")
def test_a_user_has_its_rights_only(red_and_blue: None) -> None:
    run("topology", **lab(web(command=["sleep", "1000"], user="nobody", ready=None)))
    (pid,) = [int(word) for word in sh("ip netns pids blue").split()]
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    assert "Uid:\t65534\t65534" in status and "CapEff:\t0000000000000000" in status


@pytest.mark.parametrize("check", [True, False])
def test_a_user_that_does_not_exist_is_refused_before_anything_is_done(
    no_logs: None, check: bool
) -> None:
    before = take_snapshot()
    rule = "user: 'ghost': process web in namespace blue cannot run as this user: there is no user"
    with pytest.raises(Refused, match=rule):
        run("topology", check=check, **lab(web(user="ghost")))
    assert differences(before, take_snapshot()) == {}


def test_a_user_that_root_of_a_user_namespace_cannot_become_is_refused(no_logs: None) -> None:
    reader, writer = os.pipe()
    if not (child := os.fork()):
        try:
            call_libc("unshare", CLONE_NEWUSER)
            Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/self/{name}").write_text("0 0 1", encoding="ascii")
            os.write(writer, f"{explain_unusable('root')}\n{explain_unusable('nobody')}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with open(reader, encoding="utf-8") as answers:
        reasons = answers.read().splitlines()
    assert reasons == [
        "root is in a user namespace that does not permit setgroups(2)",
        "root is in a user namespace that does not have its user ID 65534",
    ]


@pytest.mark.parametrize(
    ("restart", "command", "is_restarted"),
    [
        ("always", "exit 0", True),
        ("on-failure", "exit 1", True),
        ("on-failure", "kill -KILL $$", True),
        ("on-failure", "exit 0", False),
        ("on-failure", "kill -TERM $$", False),
        ("no", "exit 1", False),
    ],
)
def test_restart_says_when_a_process_is_started_again(
    red_and_blue: None, restart: str, command: str, is_restarted: bool
) -> None:
    script = f"echo started; until [ -e {GO} ]; do sleep 0.05; done; {command}"
    run(
        "topology",
        **lab(web(command=["sh", "-c", script], restart=restart, ready={"output": "started"})),
    )
    GO.touch()
    if is_restarted:
        wait_until(lambda: LOG.read_text(encoding="utf-8").count("started") >= 2)
        assert list_supervisors()
    else:
        wait_until(lambda: not list_supervisors())
        assert LOG.read_text(encoding="utf-8").count("started") == 1


MADE_ANEW = "ip netns delete blue; ip netns add blue"


@pytest.mark.parametrize("script", ["ip netns delete blue", MADE_ANEW])
def test_a_process_whose_namespace_was_deleted_is_moved(red_and_blue: None, script: str) -> None:
    run("topology", **lab(web()))
    sh(script)
    done = run_as_predicted("topology", **lab(web()), force=True)
    action = "start process web in namespace blue anew: its namespace was created anew"
    assert action in done["actions"]
    assert ask("192.168.15.2") == "none" and len(list_servers()) == 2


def test_a_process_has_the_resolver_of_its_namespace(red_and_blue: None) -> None:
    wanted = lab(
        web(command=["sh", "-c", "cat /etc/resolv.conf; exec sleep 1000"], ready={"output": "53"})
    )
    wanted["netns"] = [
        {**item, "nameservers": ["192.0.2.53"]} if item["name"] == "blue" else item
        for item in LAB["netns"]
    ]
    run("topology", **wanted)
    assert "nameserver 192.0.2.53" in LOG.read_text(encoding="utf-8")


def test_netns_info_returns_what_changes_nothing(red_and_blue: None) -> None:
    options = web(environment={"WORD": "hello"}, restart="always", ready={"output": "serving"})
    run("topology", **lab(options, web(name="other", netns="red", user="root")))
    topology = gather_info()["topology"]
    del options["environment"]
    assert topology["processes"][0] == {**options, "ready": {"output": "serving", "timeout": 60}}
    assert not run("topology", **topology)["changed"]


def test_the_commands_start_the_same_server(red_and_blue: None) -> None:
    run("topology", **LAB)
    wanted = lab(web(environment={"WORD": "hello"}))
    commands = run("topology", check=True, **wanted)["commands"]
    sh("export WORD=hello\n" + "\n".join(commands))
    wait_until(lambda: len(list_servers()) == 2 and LOG.read_text().count("serving") == 2)
    assert ask("192.168.15.2") == "hello"
    sh(f"kill {' '.join(map(str, list_servers()))}")
    wait_until(lambda: not list_servers())
    run("topology", **wanted)
    sh("\n".join(run("topology", check=True, **LAB, purge=True)["commands"]))
    wait_until(lambda: not list_servers() and not list_supervisors())
