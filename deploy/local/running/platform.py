"""A local platform in processes of its own, for the rehearsal and the tests.

    with LocalPlatform(PlatformPlan(home=Path("var/run"), rehearsal=True)) as platform:
        platform.settings        # what a client needs: url, keys, programme
        platform.pids()          # {"nats-server": …, "intake": …}; a killed one comes back under another pid

It never outlives its owner: the supervisor reads a pipe that closes when the owner is gone, however it went.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import deploy
from deploy.local.home.plan import PlatformNotStarted, PlatformPlan, PlatformRecord, read_record
from shared.kit.settings import Settings

SOURCES = Path(deploy.__file__).parent.parent
STOP_SECONDS_MAX = 40.0


class LocalPlatform:
    def __init__(self, plan: PlatformPlan) -> None:
        self.plan = plan
        self._process: subprocess.Popen[str] | None = None
        self._record: PlatformRecord | None = None

    def start(self) -> "LocalPlatform":
        """Returns once every service has answered. Raises PlatformNotStarted."""
        self.begin()
        return self.wait()

    def begin(self) -> None:
        """Starts without waiting, so that the caller may do something useful meanwhile."""
        command = [sys.executable, "-m", "deploy.local", self.plan.to_json()]
        sources = os.pathsep.join(filter(None, [str(SOURCES), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": sources},
        )

    def wait(self) -> "LocalPlatform":
        assert self._process and self._process.stdout
        line = self._process.stdout.readline()
        answer = (
            json.loads(line) if line else {"failure": "the supervisor ended before it was ready"}
        )
        if "failure" in answer:
            self._process.wait()
            raise PlatformNotStarted(answer["failure"])
        self._record = PlatformRecord.of(answer)
        return self

    @property
    def settings(self) -> Settings:
        assert self._record, "the platform is not started"
        return self._record.settings(self.plan.home)

    @property
    def supervisor_pid(self) -> int:
        assert self._process
        return self._process.pid

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name: `nats-server` and the services."""
        record = read_record(self.plan.home)
        return record.pids if record else {}

    def kill(self, name: str) -> int:
        """`kill -9`, for those who want to see that nothing is lost. Returns the pid it had."""
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self) -> int:
        """Stops everything in order. Returns the supervisor's exit code."""
        if self._process is None:
            return 0
        if self._process.stdin:
            self._process.stdin.close()
        try:
            return self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None

    def __enter__(self) -> "LocalPlatform":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
