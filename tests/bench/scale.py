# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time for N namespaces on a bridge, with addresses, routes, forwards and a masquerade.

Contenders are this collection and others (rivals.py). Every build has a network of its own. The
result is a table and a diagram: time against N, both logarithmic.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from farm import switch_in_namespace, write_play, write_range
from rivals import write_best_shell, write_by_hand, write_tasks

ROOT = Path(__file__).resolve().parents[2]
SETUP = (
    "mount -t tmpfs -o mode=755 tmpfs /run/netns && mount -t sysfs sysfs /sys && "
    'ip link set lo up && exec "$@"'
)
QUIET_SECONDS = 8
RATIOS = (
    ("ansible-playbook, lists", "one command at a time"),
    ("ansible-playbook, lists", "the best shell"),
    ("ansible-playbook, a file", "one command at a time"),
    ("ansible-playbook, a range", "one command at a time"),
    ("ansible-playbook, nothing to do", "ansible-playbook, a range"),
    ("ansible-playbook, check mode", "ansible-playbook, a range"),
    ("the core: build", "the floor"),
    ("the core: nothing to do", "the core: build"),
    ("the core: check mode", "the core: build"),
    ("the core: remove", "the core: build"),
    ("commands and diff, if asked for", "the core: build"),
    ("setup after the build", "setup on an empty host"),
    ("setup, the switch in a namespace", "setup on an empty host"),
)
MOST_BY_CNI, MOST_BY_TASKS = 100, 10
"""Sizes beyond which a contender takes too long."""
CORE = f"""\
import contextlib, gc, json, resource, sys, time
sys.path[:0] = ["{ROOT}/tests/kernel", "/run/tree"]
gc.disable()  # as every module of ours does
from ansible_collections.redblue.netns.plugins.module_utils._engine import transaction
from ansible_collections.redblue.netns.plugins.module_utils._module.state import is_short
from ansible_collections.redblue.netns.plugins.module_utils._results.outcome import compose_result
from support.tasks import LinuxHost, converge, parse_task
raw = json.load(open(sys.argv[1]))


def busy():
    numbers = [int(word) for word in open("/proc/stat").readline().split()[1:]]
    return (sum(numbers) - numbers[3] - numbers[4]) / 100


def timed(raw, check=False):
    start = time.monotonic()
    with contextlib.closing(LinuxHost()) as host:
        outcome = converge(parse_task("topology", raw), host, check)
        with_changes = check or is_short(outcome)
        compose_result(outcome, False, with_changes, host.rules.render_commands)
    return round(time.monotonic() - start, 3), outcome, host.rules.render_commands


# Here it is compiled when it is first needed. A task finds it compiled in the cache.
timed({{**raw, "range": [{{**item, "count": 1}} for item in raw["range"]]}}, check=True)
results = {{}}
results["the core: check mode"], *_rest = timed(raw, check=True)
results["the core: build"], outcome, render_rules = timed(raw)
start = time.monotonic()
compose_result(outcome, render_rules=render_rules)
results["commands and diff, if asked for"] = round(time.monotonic() - start, 3)
before = busy()
time.sleep({QUIET_SECONDS})
results["CPU seconds in the {QUIET_SECONDS} s after it"] = round(busy() - before, 2)
results["the core: nothing to do"], *_rest = timed(raw)
results["the core: remove"], *_rest = timed({{"name": raw["name"], "state": "absent"}})
results["MB at most"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps(results))
"""


def run_alone(command: list[str]) -> str:
    """Run it in a network of its own, which goes when it ends."""
    done = subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", SETUP, "bench", *command],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def time_within(before: str, timed: str) -> float:
    """Seconds of the second of two commands that run in one network of their own."""
    script = f'{before}; start=$EPOCHREALTIME; {timed}; end=$EPOCHREALTIME; echo "$start $end"'
    start, end = map(float, run_alone(["bash", "-euc", script]).split()[-2:])
    return round(end - start, 3)


def time_alone(command: list[str]) -> float:
    """Seconds of a command in a network of its own, without the time to destroy that."""
    taken = time_within("true", f"{shlex.join(command)} >/dev/null")
    time.sleep(min(5.0, taken))
    return taken


def measure_rivals(count: int, directory: Path) -> dict[str, float]:
    """Seconds of other ways to build the same, up to the sizes that take too long."""
    seconds: dict[str, float] = {}
    for title, text in (
        ("one command at a time", write_by_hand(count)),
        ("the best shell", write_best_shell(count)),
    ):
        script = directory / "script.sh"
        script.write_text(text, encoding="utf-8")
        seconds[title] = time_alone(["bash", "-eu", str(script)])
    if count <= MOST_BY_CNI and Path("/usr/lib/cni/portmap").exists():
        seconds["CNI bridge and portmap"] = time_alone(
            [sys.executable, "-B", str(ROOT / "tests/bench/rivals.py"), str(count)]
        )
    if count <= MOST_BY_TASKS:
        tasks = directory / "tasks.yml"
        play = {
            "name": "Build",
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": write_tasks(count),
        }
        tasks.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        seconds["ansible.builtin.command tasks"] = time_alone(["ansible-playbook", str(tasks)])
    return seconds


def measure_playbooks(count: int, directory: Path) -> dict[str, float]:
    """Seconds of our playbooks: the first run, a run without changes, and check mode."""
    seconds: dict[str, float] = {}
    for title, book in write_play(count, directory).items():
        seconds[f"ansible-playbook, {title}"] = time_alone(["ansible-playbook", str(book)])
    seconds["ansible-playbook, check mode"] = time_alone(["ansible-playbook", "--check", str(book)])
    seconds["ansible-playbook, nothing to do"] = time_within(
        f"ansible-playbook {book} >/dev/null", f"ansible-playbook {book} >/dev/null"
    )
    return seconds


def measure_core(count: int, directory: Path) -> dict[str, float]:
    """Seconds without Ansible, beside the floor; and of gathering facts on the host afterwards."""
    core, topology = directory / "core.py", directory / "range.json"
    core.write_text(CORE, encoding="utf-8")
    topology.write_text(json.dumps(write_range(count)), encoding="utf-8")
    measured: dict[str, float] = {
        "the floor": float(
            run_alone([sys.executable, "-B", str(ROOT / "tests/bench/floor.py"), str(count)])
        )
    }
    time.sleep(min(5.0, measured["the floor"]))
    measured.update(json.loads(run_alone([sys.executable, "-B", str(core), str(topology)])))
    gather = "ansible localhost -m ansible.builtin.setup >/dev/null"
    build = (
        f"import json, sys; sys.path[:0] = ['{ROOT}/tests/kernel', '/run/tree']; "
        f"from support.tasks import run; run('topology', **json.load(open(sys.argv[1])))"
    )
    script = directory / "build.py"
    script.write_text(build, encoding="utf-8")
    measured["setup on an empty host"] = time_within("true", gather)
    measured["setup after the build"] = time_within(
        f"{sys.executable} -B {script} {topology}", gather
    )
    topology.write_text(json.dumps(switch_in_namespace(write_range(count))), encoding="utf-8")
    measured["setup, the switch in a namespace"] = time_within(
        f"{sys.executable} -B {script} {topology}", gather
    )
    return measured


def measure(count: int, directory: Path) -> dict[str, float]:
    """Seconds, and other measurements, of each contender for so many namespaces."""
    return {
        **measure_rivals(count, directory),
        **measure_playbooks(count, directory),
        **measure_core(count, directory),
    }


def draw(results: dict[int, dict[str, float]], target: Path) -> None:
    """Time against N, log-log."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    _figure, axes = pyplot.subplots(figsize=(9, 6))
    sizes = list(results)
    for title in next(iter(results.values())):
        if not title.startswith(("CPU", "MB", "commands", "setup")):
            axes.loglog(
                sizes,
                [results[size].get(title, float("nan")) for size in sizes],
                marker="o",
                label=title,
            )
    axes.set(
        xlabel="namespaces on one bridge",
        ylabel="seconds",
        title="Building, checking, removing",
    )
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(fontsize="small")
    pyplot.savefig(target, dpi=120)


def main(sizes: tuple[int, ...], target: Path) -> None:
    results: dict[int, dict[str, float]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            results[size] = measure(size, Path(directory))
    print(
        f"\nN namespaces on one bridge, seconds\n\n{'':36}"
        + "".join(f"{f'N={size}':>10}" for size in results)
    )
    for title in next(iter(results.values())):
        print(
            f"{title:36}"
            + "".join(f"{results[size].get(title, float('nan')):10.2f}" for size in results)
        )
    print(f"\nOne to another\n\n{'':70}" + "".join(f"{f'N={size}':>10}" for size in results))
    for title, reference in RATIOS:
        print(
            f"{f'{title} : {reference}':70}"
            + "".join(
                f"{measured[title] / measured[reference]:10.2f}" for measured in results.values()
            )
        )
    draw(results, target)
    print(f"\ndrawn in {target}")
