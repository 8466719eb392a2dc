# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How processes of a topology end: with the lab, by a failed run, by others."""

from __future__ import annotations

import os
import signal

import pytest
from ansible_collections.redblue.netns.plugins.filter.picture import picture
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import Finding
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
    Refused,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.processes import RESTARTS

from support.doctor import diagnose_host
from support.failing_host import fail_at_change, kill_before_change
from support.info import gather_info
from support.lab_processes import (
    LINK,
    LOG,
    STATE,
    ask,
    assert_nothing_is_left,
    lab,
    list_servers,
    list_supervisors,
    read_processes_of_host,
    running,
    wait_until,
    web,
)
from support.module_process import run_process
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run, run_as_predicted


@pytest.mark.parametrize("what", ["child", "supervisor", "guard"])
def test_what_was_killed_is_started_anew(red_and_blue: None, what: str) -> None:
    run("topology", **lab(web()))
    (started,) = read_processes_of_host()
    supervisor, guard = started.pids
    first = min(list_servers())
    pids = {"child": first, "supervisor": supervisor.pid, "guard": guard.pid}
    os.kill(pids[what], signal.SIGKILL)
    if what == "guard":
        assert not run("topology", **lab(web()))["changed"]
        return
    wait_until(lambda: not list_supervisors())
    (state,) = gather_info(gather_subset=["topology_processes"])["topology_processes"]
    assert (state["name"], state["netns"], state["state"]) == ("web", "blue", "ended")
    assert "process web: ended (" in picture(gather_info(), format="markdown")
    assert "process_missing" in {finding.check for finding in diagnose_host(lab(web()))}
    done = run_as_predicted("topology", **lab(web()))
    assert done["actions"] == ["start process web in namespace blue anew: it has ended"]
    assert ask("192.168.15.2") == "none"


def kill_what_keeps_it_running() -> None:
    (started,) = read_processes_of_host()
    for pid in reversed(started.pids):
        os.kill(pid.pid, signal.SIGKILL)
    wait_until(lambda: not list_supervisors())


@pytest.mark.parametrize("then", ["run", "absent"])
def test_what_is_left_after_its_supervisor_and_the_guard_of_that_were_killed_is_ended(
    red_and_blue: None, then: str
) -> None:
    run("topology", **lab(web()))
    kill_what_keeps_it_running()
    (left,) = wait_for_one_server()
    findings = [each for each in diagnose_host(lab(web())) if each.check == "process_missing"]
    assert "was killed, and some of it is left" in findings[0].message
    if then == "absent":
        run("topology", name="lab", state="absent")
        return
    done = run_as_predicted("topology", **lab(web()))
    action = "start process web in namespace blue anew: what kept it running was killed"
    assert done["actions"] == [action] and done["commands"][0].startswith("pkill -KILL --session")
    assert left not in list_servers() and len(list_servers()) == 2


def wait_for_one_server() -> list[int]:
    """The child of the server: the kernel ends the server itself."""
    wait_until(lambda: len(list_servers()) == 1)
    return list_servers()


def test_a_namespace_with_a_process_of_a_topology_says_whose_it_is(red_and_blue: None) -> None:
    run("topology", **lab(web()))
    with (
        running("ip", "netns", "exec", "blue", "sleep", "1000") as other,
        pytest.raises(Conflict) as refusal,
    ):
        wait_until(lambda: f"{other.pid}\n" in sh("ip netns pids blue"))
        run("netns", name="blue", state="absent")
    message = str(refusal.value)
    for pid in list_servers():
        assert f"{pid} (python3, of process web of topology lab)" in message
        assert f"kill {other.pid} {pid}" not in message and f"kill {pid}" not in message
    assert f"end them (kill {other.pid}), end process web of topology lab" in message
    run("netns", name="blue", state="absent", force=True)
    done = run("topology", **lab(web()))
    assert "start process web in namespace blue anew: its namespace" in "".join(done["actions"])


def test_a_process_that_is_not_ready_is_undone_with_the_end_of_its_log(no_logs: None) -> None:
    word = "a-secret-word"
    script = "echo first; echo $WORD; echo last; sleep 1000"
    options = web(
        command=["sh", "-c", script],
        environment={"WORD": word},
        ready={"protocol": "udp", "port": 53, "timeout": 1},
    )
    with pytest.raises(Failed) as failure:
        run("topology", **lab(options))
    message = str(failure.value)
    assert "is not ready after 1 s: nothing listens on udp port 53" in message
    assert "The end of /run/web.log: first" in message and "last" in message
    assert word not in message and "undone: " in message
    assert "could not be undone" not in message
    assert not sh("ip netns list")
    assert_nothing_is_left()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"command": ["/missing"]}, "/missing: No such file or directory"),
        ({"command": ["sh", "-c", "exit 3"]}, "has ended (exit status 3)"),
        ({"log": "/missing/log"}, "/missing"),
        ({"log": str(LINK)}, "Too many levels of symbolic links"),
    ],
)
def test_a_process_that_cannot_be_started_is_undone(
    no_logs: None, options: Raw, fault: str
) -> None:
    LINK.symlink_to("/run/target")
    with pytest.raises(Failed) as failure:
        run("topology", **lab(web(**options)))
    assert fault in str(failure.value) and "could not be undone" not in str(failure.value)
    assert not sh("ip netns list") and not os.path.exists("/run/target")
    assert_nothing_is_left()


def test_a_process_that_a_failed_run_has_ended_is_started_again(red_and_blue: None) -> None:
    run("topology", **lab(web(environment={"WORD": "hello"})))
    wanted = lab(linux_bridge=[*LAB["linux_bridge"], {"name": "br9"}], purge=True)
    message = fail_at_change(1, "ip link add br9 type bridge", **wanted)
    assert "end process web in namespace blue" in message
    assert "could not be undone" not in message
    # An undo starts it, and does not wait until it listens.
    wait_until(lambda: bool(sh("ip netns exec blue ss -4Hltn 'sport = :1080'")))
    assert ask("192.168.15.2") == "hello"
    assert len(list_servers()) == 2


def test_a_process_of_a_purged_item_is_ended(red_and_blue: None) -> None:
    run("topology", **lab(web()))
    done = run("topology", **LAB)
    assert not done["changed"]
    assert done["left_alone"][0]["what"] == "process web in namespace blue"
    done = run_as_predicted("topology", **LAB, purge=True)
    assert done["purged"] == ["process web in namespace blue"]
    assert_nothing_is_left()


def test_a_namespace_that_a_process_of_ours_holds_is_removed_without_force(no_logs: None) -> None:
    run("topology", **lab(web()))
    only_red = {
        **LAB,
        "netns": [item for item in LAB["netns"] if item["name"] == "red"],
        "veth": [item for item in LAB["veth"] if item["netns"] == "red"],
        "netns_route": [item for item in LAB["netns_route"] if item["netns"] == "red"],
        "dnat": [],
        "purge": True,
    }
    assert run_as_predicted("topology", **only_red)["changed"]
    assert_nothing_is_left()


def test_a_process_of_others_keeps_the_namespace(red_and_blue: None) -> None:
    run("topology", **lab(web()))
    with running("ip", "netns", "exec", "blue", "sleep", "1000") as other:
        wait_until(lambda: str(other.pid) in sh("ip netns pids blue").split())
        with pytest.raises(Refused, match="processes run in it") as refusal:
            run("topology", name="lab", state="absent")
        assert str(other.pid) in str(refusal.value)
        assert str(min(list_servers())) not in str(refusal.value)


def test_another_process_with_the_same_id_gets_no_signal(no_logs: None) -> None:
    run("topology", **lab(web(command=["sleep", "1000"], ready=None)))
    (started,) = read_processes_of_host()
    for pid in started.pids:
        os.kill(pid.pid, signal.SIGKILL)
    wait_until(lambda: not list_supervisors())
    with running("sleep", "1000") as other:
        path = next(path for path in STATE.glob("processes-*") if path.is_file())
        record = path.read_text(encoding="utf-8")
        path.write_text(record.replace(f"[{started.pids[0].pid},", f"[{other.pid},"))
        run("topology", name="lab", state="absent")
        assert other.poll() is None


def run_beside_ends(topology: Raw) -> None:
    """Run a task. A process that ends during the run makes it fail, and the next one starts it."""
    try:
        run("topology", **topology)
    except Failed as failure:
        assert "it has ended" in str(failure)
        run("topology", **topology)


def test_rounds_of_starts_ends_and_kills_leave_nothing(no_logs: None) -> None:
    before = {**take_snapshot(), "mounts": sh("cut -d' ' -f5 /proc/self/mountinfo")}
    run("topology", **LAB)
    for number in range(int(os.environ.get("ROUNDS", "15"))):
        first = web(environment={"ROUND": number}, ready=None, restart=RESTARTS[number % 2])
        wanted = lab(first, web(name="two", netns="red"))
        run_beside_ends(wanted)
        wait_until(lambda: len(list_servers()) == 4)
        record, *_others = read_processes_of_host()
        supervisor, guard = record.pids
        kills = ([min(list_servers())], [supervisor.pid], [guard.pid, supervisor.pid], [guard.pid])
        for pid in kills[number % 5] if number % 5 < len(kills) else ():
            os.kill(pid, signal.SIGKILL)
        if number % 5 == len(kills):
            run("topology", **LAB, purge=True)
            assert_nothing_is_left()
    run("topology", name="lab", state="absent")
    assert_nothing_is_left()
    after = {**take_snapshot(), "mounts": sh("cut -d' ' -f5 /proc/self/mountinfo")}
    assert differences(before, after) == {}


def test_a_run_that_is_killed_leaves_no_process_that_is_not_known(red_and_blue: None) -> None:
    run("topology", **LAB)
    two = lab(web(), web(name="two", netns="red"))
    kill_before_change(1, "topology", two)
    wait_until(lambda: len(list_servers()) == 2)
    assert run("topology", **two)["actions"] == ["start process two in namespace red"]


def test_the_doctor_names_a_process_that_ends_again_and_again(red_and_blue: None) -> None:
    command = ["sh", "-c", "echo started; exit 3"]
    options = web(command=command, restart="always", ready={"output": "started"})
    run("topology", **lab(options))
    wait_until(lambda: LOG.read_text(encoding="utf-8").count("started") > 1)
    findings: list[Finding] = []

    def is_found() -> bool:
        findings[:] = (each for each in diagnose_host(lab(options)) if "process" in each.check)
        return bool(findings)

    # It runs for a moment now and then.
    wait_until(is_found)
    assert all("exit status 3" in each.message for each in findings)
    assert {each.check for each in findings} == {"process_restarting"}


def test_processes_of_a_change_that_nobody_confirms_are_ended(red_and_blue: None) -> None:
    def list_sleeping() -> list[str]:
        return sorted(sh("ip netns pids blue | xargs -r ps -o args= || true").splitlines())

    sleeping = web(command=["sleep", "1001"], ready=None)
    run_process("topology", lab(sleeping))
    other = web(name="other", command=["sleep", "1003"], ready=None)
    changed = lab({**sleeping, "command": ["sleep", "1002"]}, other)
    run_process("topology", {**changed, "confirm_timeout": 600})
    assert list_sleeping() == ["sleep 1002", "sleep 1003"]
    (waiting,) = sh("pgrep -f '^redblue-netns: undoes'").split()
    os.kill(int(waiting), signal.SIGTERM)
    wait_until(lambda: list_sleeping() == ["sleep 1001"])
    wait_until(lambda: not sh("pgrep -f '^redblue-netns: (undoes|waits)' || true"))


@pytest.mark.parametrize("text", ["", "[]", '{"host": 1', "[" * 100_000, '{"processes": []}'])
def test_a_damaged_record_is_named(red_and_blue: None, text: str) -> None:
    record = STATE / f"processes-{os.stat('/proc/thread-self/ns/net').st_ino}"
    record.write_text(text, encoding="utf-8")
    record.chmod(0o600)
    with pytest.raises(Failed, match=f"{record}.* is damaged; end them, and remove it"):
        run("topology", **lab(web()))
    record.unlink()
