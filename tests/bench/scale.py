# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""N namespaces on a bridge, each with an address, a default route and a forward, and one masquerade: by hand, by shell, by us.

Every build has a network of its own. A table is printed, and drawn: time against N, both logarithmic.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SETUP = 'mount -t tmpfs tmpfs /run/netns && ip link set lo up && exec "$@"'
QUIET_SECONDS = 8
MOST_BY_HAND = 1000
CORE = f"""\
import json, resource, sys, time
sys.path[:0] = ["{ROOT}/tests/kernel", "/run/tree"]
from drive import run
raw = json.load(open(sys.argv[1]))


def busy():
    numbers = [int(word) for word in open("/proc/stat").readline().split()[1:]]
    return (sum(numbers) - numbers[3] - numbers[4]) / 100


def timed(check=False, **raw):
    start = time.monotonic()
    run("topology", check, **raw)
    return round(time.monotonic() - start, 3)


told = {{"the core: check mode": timed(check=True, **raw), "the core: build": timed(**raw)}}
before = busy()
time.sleep({QUIET_SECONDS})
told["CPU seconds in the {QUIET_SECONDS} s after it"] = round(busy() - before, 2)
told["the core: nothing to do"] = timed(**raw)
told["the core: take away"] = timed(name=raw["name"], state="absent")
told["MB at most"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps(told))
"""


def write_range(count: int) -> dict[str, Any]:
    """The topology in a few words."""
    item = {
        "count": count,
        "netns": [{"name": "n{n}"}],
        "veth": [{"name": "eth0", "netns": "n{n}", "addresses": ["{10.244.1.0+n}/16"], "peer": {"name": "farm{n}", "bridge": "farm0"}}],
        "netns_route": [{"netns": "n{n}", "destination": "default", "gateway": "10.244.0.1"}],
        "dnat": [{"destination_port": "{9000+n}", "to_destination": "{10.244.1.0+n}:80"}],
    }
    bridge = {"name": "farm0", "addresses": ["10.244.0.1/16"]}
    return {"name": "farm", "linux_bridge": [bridge], "range": [item], "masquerade": [{"source": "10.244.0.0/16"}]}


def _address(number: int) -> str:
    high, low = divmod(number, 256)
    return f"10.244.{1 + high}.{low}"


def write_lists(count: int) -> dict[str, Any]:
    """The same topology with every item written out."""
    whole = write_range(count)
    del whole["range"]
    numbers = range(1, count + 1)
    ends = [{"name": "eth0", "netns": f"n{one}", "addresses": [f"{_address(one)}/16"], "peer": {"name": f"farm{one}", "bridge": "farm0"}} for one in numbers]
    return {
        **whole,
        "netns": [{"name": f"n{one}"} for one in numbers],
        "veth": ends,
        "netns_route": [{"netns": f"n{one}", "destination": "default", "gateway": "10.244.0.1"} for one in numbers],
        "dnat": [{"destination_port": 9000 + one, "to_destination": f"{_address(one)}:80"} for one in numbers],
    }


_BRIDGE = ("ip link add farm0 type bridge", "ip addr add 10.244.0.1/16 dev farm0", "ip link set farm0 up", "sysctl -qw net.ipv4.ip_forward=1")


def write_by_hand(count: int) -> str:
    """One command at a time, as the page types them."""
    lines = [*_BRIDGE, "iptables -t nat -A POSTROUTING -s 10.244.0.0/16 ! -o farm0 -j MASQUERADE"]
    for one in range(1, count + 1):
        lines += [
            f"ip netns add n{one}", f"ip link add leg{one} type veth peer name farm{one}", f"ip link set leg{one} netns n{one}",
            f"ip link set farm{one} master farm0", f"ip -n n{one} addr add {_address(one)}/16 dev leg{one}", f"ip -n n{one} link set lo up",
            f"ip -n n{one} link set leg{one} up", f"ip link set farm{one} up", f"ip -n n{one} route add default via 10.244.0.1",
            f"iptables -t nat -A PREROUTING -p tcp --dport {9000 + one} -m addrtype --dst-type LOCAL -j DNAT --to-destination {_address(one)}:80",
        ]
    return "\n".join(lines)


def write_best_shell(count: int) -> str:
    """As few processes as a shell needs: one ip for each namespace, one for the host, and one nft."""
    numbers = range(1, count + 1)
    host = [f"link add eth0 netns n{one} type veth peer name farm{one}\nlink set farm{one} master farm0 up" for one in numbers]
    inside = "link set lo up\naddr add {}/16 dev eth0\nlink set eth0 up\nroute add default via 10.244.0.1"
    lines = [*(f"ip netns add n{one}" for one in numbers), *_BRIDGE, "ip -batch - <<'EOF'", *host, "EOF"]
    for one in numbers:
        lines += [f"ip -n n{one} -batch - <<'EOF'", inside.format(_address(one)), "EOF"]
    elements = ", ".join(f"{9000 + one} : {_address(one)} . 80" for one in numbers)
    lines += [
        "nft -f - <<'EOF'", "table ip farm {", f"map to {{ type inet_service : ipv4_addr . inet_service; elements = {{ {elements} }} }}",
        "chain pre { type nat hook prerouting priority -100; fib daddr type local dnat ip to tcp dport map @to; }",
        'chain post { type nat hook postrouting priority 100; ip saddr 10.244.0.0/16 oifname != "farm0" masquerade; }', "}", "EOF",
    ]
    return "\n".join(lines)


def write_play(count: int, directory: Path) -> dict[str, Path]:
    """Playbooks of one task: all items in the task, in a file, and as a range."""
    file = directory / "farm.json"
    file.write_text(json.dumps(write_lists(count)), encoding="utf-8")
    books = {}
    for title, options in (("lists", write_lists(count)), ("a file", {"src": str(file)}), ("a range", write_range(count))):
        play = {"name": "Build", "hosts": "localhost", "gather_facts": False, "tasks": [{"name": "Build", "redblue.netns.topology": options}]}
        books[title] = directory / f"{title.replace(' ', '_')}.yml"
        books[title].write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    return books


def run_alone(command: list[str]) -> str:
    """Run it in a network of its own, which goes when it ends."""
    done = subprocess.run(["unshare", "--net", "--mount", "bash", "-c", SETUP, "bench", *command], check=True, capture_output=True, text=True)
    return done.stdout


def time_alone(command: list[str]) -> float:
    start = time.monotonic()
    run_alone(command)
    taken = round(time.monotonic() - start, 3)
    # The network that goes is not the next contender's to pay for.
    time.sleep(min(5.0, taken))
    return taken


def measure(count: int, directory: Path) -> dict[str, float]:
    """Seconds (and what else is told) of each contender for so many namespaces."""
    told: dict[str, float] = {}
    for title, text in (("one command at a time", write_by_hand(count)), ("the best shell", write_best_shell(count))):
        if count <= MOST_BY_HAND:
            script = directory / "script.sh"
            script.write_text(text, encoding="utf-8")
            told[title] = time_alone(["bash", "-eu", str(script)])
    for title, book in write_play(count, directory).items():
        told[f"ansible-playbook, {title}"] = time_alone(["ansible-playbook", str(book)])
    core, topology = directory / "core.py", directory / "range.json"
    core.write_text(CORE, encoding="utf-8")
    topology.write_text(json.dumps(write_range(count)), encoding="utf-8")
    told.update(json.loads(run_alone([sys.executable, "-B", str(core), str(topology)])))
    return told


def draw(results: dict[int, dict[str, float]], target: Path) -> None:
    """Time against N, log-log."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    _figure, axes = pyplot.subplots(figsize=(9, 6))
    sizes = list(results)
    for title in next(iter(results.values())):
        if not title.startswith(("CPU", "MB")):
            axes.loglog(sizes, [results[size].get(title) for size in sizes], marker="o", label=title)
    axes.set(xlabel="namespaces on one bridge", ylabel="seconds", title="Building, looking again, taking away")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    pyplot.savefig(target, dpi=120)


def main(sizes: tuple[int, ...], target: Path) -> None:
    results: dict[int, dict[str, float]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            results[size] = measure(size, Path(directory))
    print(f"\nN namespaces on one bridge, seconds\n\n{'':36}" + "".join(f"{f'N={size}':>10}" for size in results))
    for title in next(iter(results.values())):
        print(f"{title:36}" + "".join(f"{results[size].get(title, float('nan')):10.2f}" for size in results))
    draw(results, target)
    print(f"\ndrawn in {target}")
