"""ChildProcess processes that are forked, watched, and never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.running.vitals import Vitals

PR_SET_PDEATHSIG = 1
STEADY_SECONDS = 10.0
# So that all goes on within ten seconds, with what piled up meanwhile.
RESTART_DELAY_SECONDS_MAX = 3.0
FAILED = 70
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(slots=True)
class ChildProcess:
    """One process to keep running.

    `work` runs in the child and returns its exit code; `pid` 0 means not running.
    """

    name: str
    work: Callable[[], int]
    last_signal: signal.Signals = signal.SIGKILL
    log: Path | None = None
    vitals: Vitals | None = None
    pid: int = 0
    started: float = 0.0
    failures: int = 0
    starts: int = 0
    due: float = 0.0

    def start(self) -> None:
        """Forks. The parent must have no thread and no event loop: a child would inherit half of them."""
        self.started = time.monotonic()
        self.starts += 1
        if self.vitals:
            self.vitals.begin()
        self.pid = fork(self.work, self.last_signal, self.log)

    def ails(self) -> str:
        """Why it must be started again, though it runs.

        Said once: who is killed then takes a moment to end.
        """
        why = self.vitals.ails(self.pid) if self.vitals and self.pid else ""
        if why and self.vitals:
            self.vitals.begin()
        return why

    def reap(self) -> int | None:
        """The exit code of a process that has ended since the last look; negative for a signal."""
        if not self.pid:
            return None
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            pid = self.pid
            status = FAILED << 8
        if not pid:
            return None
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def plan_restart(self) -> float:
        """The first restart is immediate; each further one within a short life waits longer.

        Returns the delay.
        """
        now = time.monotonic()
        self.failures = 1 if now - self.started > STEADY_SECONDS else self.failures + 1
        delay = (
            0.0
            if self.failures == 1
            else min(RESTART_DELAY_SECONDS_MAX, 0.1 * 2 ** min(self.failures, 10))
        )
        self.due = now + delay
        return delay

    def tell(self, what: signal.Signals) -> None:
        if self.pid:
            try:
                os.kill(self.pid, what)
            except ProcessLookupError:
                return


def fork(work: Callable[[], int], last_signal: signal.Signals, log: Path | None = None) -> int:
    """Runs `work` in a child of a session of its own, that gets `last_signal` when this process dies.

    Returns its pid.

    A session of its own keeps Ctrl-C for the supervisor alone, which then stops everybody in order.
    """
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = FAILED
    try:
        os.setsid()
        die_with(parent, last_signal)
        _default_signals()
        if log is not None:
            write_to(log)
        code = work()
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def die_with(parent: int, last_signal: signal.Signals) -> None:
    """Called in the child.

    Linux tells it; elsewhere one that outlives a killed supervisor is stopped by hand.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(last_signal))
    if os.getppid() != parent:
        os._exit(FAILED)


def end(process: "subprocess.Popen[bytes]", patience_seconds: float) -> None:
    """Asks a process to stop, and kills it when it does not."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _default_signals() -> None:
    signal.set_wakeup_fd(-1)
    for caught in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(caught, signal.SIG_DFL)


def write_to(log: Path) -> None:
    """From here on, what this process prints goes to the end of a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
