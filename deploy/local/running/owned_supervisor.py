"""A supervisor process that is owned by whoever holds its standard input.

It answers one line of JSON on standard output: its record once ready, or `{"failure": …}`.
"""

import json
import os
from dataclasses import asdict

from deploy.local.home.plan import PlatformNotStarted, PlatformPlan, PlatformRecord
from deploy.local.running import processes
from deploy.local.running.signals import StopSignals
from deploy.local.running.supervisor import Supervisor
from deploy.privacy import keep_to_ourselves
from shared.programme import ProgrammeInvalid


def main(argument: str) -> int:
    keep_to_ourselves()
    plan = PlatformPlan.from_json(argument)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")  # the processes get one of their own
    signals = StopSignals(leash=0)

    def answer(record: PlatformRecord) -> None:
        print(json.dumps(asdict(record)), file=answers, flush=True)

    try:
        supervisor = Supervisor(plan, signals)
        processes.speak_as_supervisor(supervisor.settings, plan.shown)
        supervisor.serve(answer)
    except Exception as failure:  # the owner is told, whatever it is
        told = isinstance(failure, PlatformNotStarted | ProgrammeInvalid)
        cause = str(failure) if told else f"{type(failure).__name__}: {failure}"
        print(json.dumps({"failure": cause}), file=answers, flush=True)
        return 1
    return 0
