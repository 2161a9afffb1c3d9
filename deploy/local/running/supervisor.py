"""Runs a whole platform on one machine: nats-server and the four services, restarted when one of them dies.

It has no thread and no event loop, so that it may fork at any time: a child process does what needs a loop.
"""

import os
import secrets
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from deploy.local.home.beside import is_beside, server_home
from deploy.local.home.folder_lock import only_one
from deploy.local.home.plan import (
    HOST,
    SERVER,
    Ending,
    PlatformNotStarted,
    PlatformPlan,
    PlatformRecord,
    log_file,
    programme_copy,
    record_file,
    running_record,
    write_record,
)
from deploy.local.home.programme_copy import keep_programme
from deploy.local.home.unfinished import require_restored
from deploy.local.keys.people import make_founders
from deploy.local.running import processes
from deploy.local.running.child_process import ChildProcess
from deploy.local.running.last_words import last_words, size_of
from deploy.local.running.signals import StopSignals
from deploy.local.running.vitals import LOOK_SECONDS, Pulse, ServerVitals
from deploy.local.server.nats_server import free_port, listens, write_config
from shared.kit.key_files import LISTENERS, tls_file
from shared.kit.logs.causes import cause_of
from shared.kit.logs.chain import tell_repeated
from shared.kit.settings import Settings
from shared.kit.traces.opening import TracesInvalid, endpoint_given

PORTAL = "portal"
MONITORING = "monitoring"
STOP_SECONDS_MAX = 15.0
FAILURES_AT_START_MAX = 2
FAILURES_IN_A_LOOP = 3
log = structlog.get_logger()


class Supervisor:
    """Raises ProgrammeInvalid, RestoreUnfinished at once: a wrong file costs nothing.

    `programme` is the one the data folder keeps.
    """

    def __init__(self, plan: PlatformPlan, signals: StopSignals) -> None:
        require_restored(plan.home)
        kept = programme_copy(plan.home)
        self.plan = plan
        self.programme = keep_programme(kept, plan.programme_file, datetime.now(UTC))
        self._signals = signals
        self._ready = False
        self._processes: dict[str, ChildProcess] = {}
        self._endings: dict[str, Ending] = {}
        self._hung: dict[str, str] = {}
        self._log_starts: dict[str, int] = {}
        self._untold = False
        self._port = 0 if is_beside(plan.home) else plan.port or free_port(HOST)
        self.settings = Settings(
            home=plan.home,
            nats_url=self._url(),
            nats_monitor_url=self._monitor_url(),
            programme_file=kept,
            rehearsal=plan.rehearsal,
            http_certificate=tls_file(plan.home, LISTENERS) if plan.tls else None,
        )
        if plan.pages_url and not self.settings.proof_url:
            proof_url = f"{plan.pages_url}/adresse"
            self.settings = self.settings.model_copy(update={"proof_url": proof_url})

    def _url(self) -> str:
        """A programme beside another has no port of its own: it speaks to the server that runs already."""
        if self._port:
            return f"{'tls' if self.plan.tls else 'nats'}://{HOST}:{self._port}"
        server = server_home(self.plan.home)
        record = running_record(server)
        if record is None:
            raise PlatformNotStarted(
                f"the server of this programme is that of {server}, which does not run: start it first"
            )
        return record.nats_url

    def _monitor_url(self) -> str:
        """Whoever started the server watches it."""
        if not self._port:
            return ""
        return f"{self.plan.http}://{HOST}:{free_port(HOST)}/{secrets.token_urlsafe()}"

    def serve(self, on_ready: Callable[[PlatformRecord], None]) -> None:
        """Starts everything, tells that it is ready, and keeps it running until told to stop."""
        with only_one(self.plan.home) as lock:
            try:
                self._start(lock)
                if not self._signals.told_to_stop:
                    self._ready = True
                    on_ready(self._write_record())
                while not self._signals.told_to_stop:
                    self._watch(LOOK_SECONDS)
            finally:
                self._stop()
                record_file(self.plan.home).unlink(missing_ok=True)

    def _start(self, lock: int) -> None:
        self._write_record()
        _require_traces()
        settings = self.settings
        if self._port and listens(HOST, self._port):
            raise PlatformNotStarted(
                f"port {self._port} is in use: stop what uses it, or choose another with --port"
            )
        _require_free(self.plan.pages_port, "pages")
        _require_free(self.plan.metrics_port, "metrics")
        make_founders(self.plan.home)
        if self._port:
            self._start_server(lock)
        provisioning = self._begin(
            "provisioning", lambda: processes.provision_bus(settings, self.programme.id)
        )
        names = processes.present_services(self.plan.services)
        databases = self._begin("databases", lambda: processes.migrate_databases(settings, names))
        processes.import_services(names)
        self._finish("provisioning", provisioning)
        self._finish("databases", databases)
        for name in names:
            log_to = None if self.plan.shown else log_file(self.plan.home, name)
            pulse = Pulse()
            self._add(
                ChildProcess(
                    name,
                    processes.serve_service(name, settings, pulse, self.plan.shown),
                    log=log_to,
                    vitals=pulse,
                )
            )
        ready = self._begin(
            "readiness", lambda: processes.await_services(settings, self.programme.id, names)
        )
        self._finish("readiness", ready)
        shown = self.plan.shown
        if port := self.plan.pages_port:
            self._add_beside(PORTAL, processes.serve_pages(settings, port, shown))
        if port := self.plan.metrics_port:
            self._add_beside(MONITORING, processes.serve_metrics(settings, port, shown))

    def _start_server(self, lock: int) -> None:
        home = self.plan.home
        url = self.settings.nats_monitor_url
        config = write_config(
            home, self.programme.id, HOST, self._port, self.plan.sync, url, tls=self.plan.tls
        )
        vitals = ServerVitals(url, home / "nats", self.settings.authority_file)
        serve = processes.serve_server(config, lock)
        self._add(ChildProcess(SERVER, serve, signal.SIGTERM, log_file(home, SERVER), vitals))

    def _add_beside(self, name: str, work: Callable[[], int]) -> None:
        """Last, and without waiting: the platform serves whether these do or not."""
        self._add(
            ChildProcess(
                name, work, log=None if self.plan.shown else log_file(self.plan.home, name)
            )
        )

    def _add(self, child: ChildProcess) -> None:
        self._processes[child.name] = child
        self._start_child(child)

    def _begin(self, name: str, work: Callable[[], None]) -> ChildProcess:
        """What needs an event loop is done by a child process: the one that forks has none."""
        child = ChildProcess(name, processes.chore(work, self._answer(name)))
        child.start()
        return child

    def _finish(self, name: str, child: ChildProcess) -> None:
        """Waits for a chore.

        Raises PlatformNotStarted with what it says, or with the server's own complaint.
        """
        code = None
        while code is None and not self._signals.told_to_stop:
            self._watch(0.05)
            code = child.reap()
            hopeless = self._hopeless()
            if code is None and hopeless:
                child.tell(signal.SIGKILL)
                raise PlatformNotStarted(hopeless)
        if code is None:
            child.tell(signal.SIGKILL)
        elif code:
            answer = self._answer(name)
            said = (
                answer.read_text(encoding="utf-8")
                if answer.exists()
                else f"{name} ended with {code}"
            )
            raise PlatformNotStarted(said)

    def _hopeless(self) -> str:
        """Which process ends again and again while the platform starts, in words; empty where none does."""
        for child in self._processes.values():
            if child.failures > FAILURES_AT_START_MAX:
                where = f"see {child.log}" if child.log else "its last lines above say why"
                return f"{child.name} ends as soon as it is started: {where}"
        return ""

    def _answer(self, chore: str) -> Path:
        return self.plan.home / "logs" / f"{chore}.failure"

    def _watch(self, seconds: float) -> None:
        """Sleeps until something happens, then brings back what has died."""
        now = time.monotonic()
        waiting = [child.due - now for child in self._processes.values() if not child.pid]
        self._signals.listen(min([seconds, *waiting]))
        changed = False
        for child in self._processes.values():
            changed = self._look_at(child) or changed
            if self._is_due(child):
                self._start_child(child)
                changed = True
        tell_repeated()
        if changed or self._untold:
            self._tell_who_runs()

    def _look_at(self, child: ChildProcess) -> bool:
        """Kills what hangs, and plans the restart of what ended. Returns whether it ended."""
        if why := child.ails():
            log.error("process hangs", process=child.name, cause=why)
            self._hung[child.name] = why
            child.tell(signal.SIGKILL)
        code = child.reap()
        if code is None or self._signals.told_to_stop:
            return False
        self._note_ending(child, _ending(code))
        return True

    def _note_ending(self, child: ChildProcess, result: str) -> None:
        """A crash loop is told apart, once a minute, with the cause that the process gave."""
        delay = child.plan_restart()
        words = last_words(
            log_file(self.plan.home, child.name), self._log_starts.get(child.name, 0)
        )
        words = self._hung.pop(child.name, "") or words
        again = child.failures >= FAILURES_IN_A_LOOP
        self._endings[child.name] = Ending(datetime.now(UTC).isoformat(), result, words, again)
        cause = words or None
        log.warning("process ended", process=child.name, result=result, seconds=delay, cause=cause)
        if again:
            log.error(
                "process ends again and again", process=child.name, result=result, cause=cause
            )

    def _start_child(self, child: ChildProcess) -> None:
        self._log_starts[child.name] = size_of(log_file(self.plan.home, child.name))
        child.start()

    def _is_due(self, child: ChildProcess) -> bool:
        return not child.pid and not self._signals.told_to_stop and time.monotonic() >= child.due

    def _tell_who_runs(self) -> None:
        """A full disk must not stop the platform: it is told once there is room."""
        try:
            self._write_record()
            self._untold = False
        except OSError as error:
            if not self._untold:
                log.warning("record not written", cause=cause_of(error))
            self._untold = True

    def _write_record(self) -> PlatformRecord:
        record = PlatformRecord(
            pid=os.getpid(),
            nats_url=self.settings.nats_url,
            programme_file=str(self.settings.programme_file),
            rehearsal=self.plan.rehearsal,
            ready=self._ready,
            pids={child.name: child.pid for child in self._processes.values() if child.pid},
            starts={child.name: child.starts for child in self._processes.values()},
            endings=self._endings,
        )
        write_record(self.plan.home, record)
        return record

    def _stop(self) -> None:
        """The services first, while the broker is there to hear their last words; then the server."""
        services = [child for child in self._processes.values() if child.name != SERVER]
        self._end(services)
        self._end([child for child in self._processes.values() if child.name == SERVER])

    def _end(self, ending: list[ChildProcess]) -> None:
        asked = self._signals.told_to_stop
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for child in ending:
            child.tell(signal.SIGTERM)
        while any(child.pid for child in ending):
            self._signals.listen(0.1)
            for child in ending:
                child.reap()
            if time.monotonic() > deadline or self._signals.told_to_stop > asked + 1:
                for child in ending:
                    child.tell(signal.SIGKILL)


def _require_traces() -> None:
    """Raises PlatformNotStarted: each service would end for it, again and again."""
    try:
        endpoint_given()
    except TracesInvalid as error:
        raise PlatformNotStarted(str(error)) from None


def _require_free(port: int, what: str) -> None:
    """Raises PlatformNotStarted. No port is asked for where what listens there is left out."""
    if port and listens(HOST, port):
        raise PlatformNotStarted(
            f"port {port} is in use: stop what uses it, choose another with --{what}-port, "
            f"or leave the {what} out with --no-{what}"
        )


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"
