# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends packets and says who answered. Reads probes as JSON; ends with 1 when one of them did not go as it must.

Each probe is a command that a person could type: ``ip netns exec red ping -c 1 -W 2 192.168.15.2``. Nothing is tried twice.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 2

# What runs inside a namespace: answers every caller with one word, or calls and prints what it hears.
LISTEN = """
import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print(server.getsockname()[1], flush=True)
while True:
    caller, where = server.accept()
    caller.sendall(sys.argv[3].encode())
    caller.close()
"""
CALL = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=float(sys.argv[3])) as call:
    print("connected", flush=True)
    print(call.recv(64).decode(errors="replace"))
"""


def within(netns):
    """How a command is run there: in a namespace by its name, by the path of its file, or on the host."""
    if netns is None:
        return []
    return ["nsenter", f"--net={netns}"] if "/" in netns else ["ip", "netns", "exec", netns]


def python(netns, code, *words):
    return [*within(netns), sys.executable, "-ISc", code, *(str(word) for word in words)]


def short(netns):
    return "host" if netns is None else os.path.basename(netns)


class Listeners:
    """Where the probes themselves answer; a port that somebody serves already is left to them."""

    def __init__(self, probes):
        self.started, self.processes = {}, []
        for listen in [probe["listen"] for probe in probes if probe.get("listen")]:
            if self.key(listen) not in self.started:
                word = f"here is {short(listen.get('netns'))}"
                process = subprocess.Popen(
                    python(listen.get("netns"), LISTEN, listen["to"], listen["port"], word), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                )
                self.processes.append(process)
                port = process.stdout.readline().strip()
                self.started[self.key(listen)] = (int(port), word) if port else (listen["port"], None)

    @staticmethod
    def key(listen):
        return (listen.get("netns"), listen["to"], listen["port"])

    def of(self, probe):
        """The port where it answers, and the word that it says."""
        listen = probe.get("listen")
        return self.started[self.key(listen)] if listen else (probe["port"], None)

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


def ask(probe, listeners):
    """(was it reached, by whom or why not)"""
    if "port" not in probe:
        command = [*within(probe.get("netns")), "ping", "-n", "-c", "1", "-W", str(PATIENCE), probe["to"]]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return True, "answers"
        return False, (done.stderr.strip().splitlines() or ["no answer"])[-1] if done.returncode > 1 else "no answer"
    port, word = listeners.of(probe)
    command = python(probe.get("netns"), CALL, probe["to"], probe["port"] or port, PATIENCE)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    heard = done.stdout.splitlines()
    if word is not None and word in heard:
        return True, word
    if heard and word is None:
        return True, "accepts"
    if heard:
        return False, "somebody else accepts"
    return False, (done.stderr.strip().splitlines() or ["no answer"])[-1].split("] ")[-1]


def name(probe, listeners):
    if "port" not in probe:
        return probe["to"]
    port = probe["port"] or listeners.of(probe)[0]
    return f"[{probe['to']}]:{port}" if ":" in probe["to"] else f"{probe['to']}:{port}"


def show(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip())


def tables(netns):
    """ARP (and NDP) and route tables, as iproute2 shows them."""
    found = []
    for what in (["neigh"], ["route"], ["-6", "route"]):
        command = [*within(netns), "ip", *what, "show"]
        lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
        found.append([" ".join(line.split()) for line in lines])
    arp, routes, routes6 = found
    return [("ARP", line) for line in arp] + [("route", line) for line in routes + [line for line in routes6 if not line.startswith("fe80")]]


def main():
    probes = json.load(sys.stdin)
    listeners = Listeners(probes)
    try:
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda probe: ask(probe, listeners), probes))
        rows = [("FROM", "TO", "MUST BE", "IS", "")]
        wrong = 0
        for probe, (reached, words) in zip(probes, answers):
            right = reached == probe["reached"]
            wrong += not right
            says = ("not reached", "reached")
            rows.append((short(probe.get("netns")), name(probe, listeners), says[probe["reached"]], f"{says[reached]} ({words})", "" if right else "<-- WRONG"))
    finally:
        listeners.stop()
    show(rows)
    print(f"{len(probes)} probes, {wrong} wrong")
    print()
    rows = [("WHERE", "TABLE", "ENTRY")]
    for netns in dict.fromkeys([None, *(probe.get("netns") for probe in probes if "/" not in (probe.get("netns") or ""))]):
        rows += [(short(netns), kind, line) for kind, line in tables(netns)] or [(short(netns), "", "no ARP entries, no routes")]
    show(rows)
    return 1 if wrong else 0


sys.exit(main())
