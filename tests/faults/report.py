"""`python -m tests.faults.report [FILE …]`: writes docs/faults.md from the results of one run or several."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.faults.__main__ import RESULTS
from tests.faults.catalogue import EXPERIMENTS

PAGE = Path("docs/faults.md")
HEAD = """# What was broken on purpose, and what was lost

`make faults` breaks a platform of real processes for ten minutes, `make faults-long` for an hour; a slice
of at most two minutes is part of `make test`. Every experiment has a control that takes the protection away and
must fail. A run is replayed by its seed (`python -m tests.faults --only NAME --seed N`); the faults are drawn from it,
the moments at which they strike also depend on the machine. This page is written by `python -m tests.faults.report`
from what runs leave in `var/faults/results.json`.
"""
MODELS = """
## What the experiments model, and what they do not

* **An accepted event** is one whose publication the broker has confirmed. **Lost** counts those that were not
  answered, the answers that were not followed, facts in a service's outbox that are not in the log, and events that
  were acked and never decided, all by their ids. **Doubled** counts facts said twice and messages sent twice. **Stuck**
  counts consumers and letters that never come to rest.
* **After the last fault** is how long a dossier that is sent at that moment takes to be registered and found eligible.
  The backlog of the flood, letters above all, is worked off after that; the account waits for it.
* **kills** send SIGKILL. Processes that are killed again and again are started again within a second here, so that
  many kills fit in a run; **hammer** leaves the shipped supervisor its delays, of three seconds at most.
* **power** shuts down the ext4 file system that holds the whole platform without flushing its journal
  (`EXT4_IOC_SHUTDOWN`), with every process stopped first: dirty pages and uncommitted journal entries never reach the
  device. What the device had accepted is kept, in order: a disk that confirms a flush it has not done is not modelled.
* **database-lost** kills everything at work, throws one service's database away, and rebuilds it from the log before the
  next start. What the lost database had decided and not yet published is decided again under the same ids. It came after
  the runs above, whose tables have no row of it.
* **cluster** runs three servers with every stream on each. Nodes are killed and paused with their disks intact.
* **nodes** runs `fabriques provision keys`, `provision apply --replicas 5`, `doctor` and the signals of nats-server as
  the runbook says them, on addresses of one machine. What is lost is one node at a time, and the next one only once the
  doctor finds every stream whole again. It came after the runs above, whose tables have no row of it: 13 340 events, two disks and
  two nodes lost and two nodes down of five, nothing lost or doubled, a longest stop of 8.7 s; on one copy each, 1 210 were
  lost with a disk.
* **elections** came after the runs above, whose tables have no row of it: three files, each sent again without a
  message id until the new leader kept it, were registered once and heard one answer; sent once, all three were lost.
* **shuffles** keep the order of one dossier within one stream, as the broker does, and what a person had to see
  before writing; everything else may come in any order, again, and from zero. How often an answer was repeated, the
  nonce of a cipher, and which letters of a busy address wait for the next day are not compared.
* **slow** runs on a server that keeps 128 KB for who reads late, not 64 MB, and fetches of 40 KB, not 1.25 MB: what a
  flood of large files would do to the shipped sizes. The server must not drop a service once. Each rule takes four
  milliseconds here; the bursts come as often as such rules can take them.
* **garbage** looks at one service's memory (PSS) before it did anything, and when it rests after the flood: 1.2 times
  as much at most, and a dead letter for each body. By itself it took 100 000 bodies of 7 KB, from 70 to 76 MB; while
  causes kept their frames, 20 000 took it to 116 MB. It came after the runs above, whose tables have no row of it.
* **full-disk**: nats-server 2.15 does not write again to a file where a write has failed, even when there is room:
  the supervisor asks its health, and starts it again once there is room. Making room is all that needs a hand; in
  containers a liveness probe on `/healthz` of its monitoring port does what the supervisor does here.
* **rot** damages the store of a stopped server. What services said is published again from their outboxes; what
  outsiders wrote cannot be, and the audit names exactly the ids that are gone. nats-server 2.15 never ends reading some
  damaged blocks: then somebody moves the block away (`streams/<stream>/msgs/<n>.blk`), and all it held is mended or
  named.
* **upgrade**: two replicas may publish two statuses of a dossier in the wrong order. Whoever notes it says the latest
  again, within a second; a replica that dies before it notes is made up for within nine. One that pauses for longer
  before it publishes, and dies right after, leaves an older status until the next one or the audit.
"""


def main(paths: list[str]) -> int:
    files = [Path(path) for path in paths] or [RESULTS]
    if missing := [str(file) for file in files if not file.exists()]:
        print(f"{', '.join(missing)} is not there: run `make faults` first", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(
        page([json.loads(file.read_text(encoding="utf-8")) for file in files]), encoding="utf-8"
    )
    return 0


def page(runs: list[dict[str, Any]]) -> str:
    lines = [f"* **{e.name}**: {e.breaks}. Protected by: {e.protection}." for e in EXPERIMENTS]
    broken = "\n## What was broken\n\n" + "\n".join(lines) + "\n"
    return HEAD + "".join(map(section, runs)) + broken + MODELS


def section(told: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in told["versions"].items())
    head = (
        f"\n## The {told['size']} run\n\nSeed {told['seed']}, {told['seconds'] / 60:.0f} minutes, {told['machine']}, "
        f"Python {told['python']}, {versions}.{told.get('note', '')}\n\n"
    )
    rows = [
        "| experiment | faults | lost | doubled | stuck | longest stop | after the last fault | control |"
    ]
    rows += ["|---|---:|---:|---:|---:|---:|---:|---|", *map(row, told["experiments"])]
    return head + "\n".join(rows) + "\n" + not_held(told["experiments"])


def not_held(experiments: list[dict[str, Any]]) -> str:
    """What was wrong, in the words of the run; nothing where every promise held."""
    lines = [
        f"* **{found['name']}**: {'; '.join(found['wrong'][:2])}."
        for found in experiments
        if found["wrong"]
    ]
    return "\n".join(["", "Not held:", "", *lines, ""]) if lines else ""


def row(found: dict[str, Any]) -> str:
    if found["skipped"]:
        return f"| {found['name']} | skipped: {found['skipped']} | | | | | | |"
    accepted = found["accepted"]
    counts = [
        f"{found[name]} in {accepted:,}".replace(",", " ") for name in ("lost", "doubled", "stuck")
    ]
    recovery = found["notes"].get("recovery_s")
    control = {True: "fails", False: "**holds**", None: "not run"}[found["control_failed"]]
    stop = f"{found['longest_stop_s']:.1f} s" if found["longest_stop_s"] else ""
    after = "" if recovery is None else f"{recovery:.1f} s"
    return f"| {found['name']} | {found['faults']} | {' | '.join(counts)} | {stop} | {after} | {control} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
