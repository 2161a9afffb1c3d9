"""`python -m deploy.service NAME`: a service, or the keeper, in its own process, told all by its environment.

With `FABRIQUES_HTTP_PORT` it answers /health, /ready and /metrics too. It ends with 0 when told to stop, with
1 when it stopped itself, with 4 when it could not start: whoever runs it starts it again.
"""

import asyncio
import sys

from setproctitle import setproctitle

from deploy.frozen import loading
from deploy.heartbeat import beat_for_manager
from deploy.loading import part_of
from deploy.local.home.unfinished import require_restored
from deploy.privacy import keep_to_ourselves
from deploy.probes import serve_probes
from deploy.process import Process
from deploy.starting import NOT_STARTED, cannot_serve, look_for_broker
from shared.contract.topology import PROCESSES
from shared.kit.logs.chain import configure_logs
from shared.kit.settings import Settings, SettingsInvalid


async def serve(service: Process, settings: Settings) -> int:
    """Runs a service with its probes and its heartbeat, until the service ends."""
    beside = [asyncio.create_task(beat_for_manager())]
    if settings.http_port:
        probes = serve_probes(service, settings.http_port, settings.http_certificate)
        beside.append(asyncio.create_task(probes))
    try:
        return await service.run()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in PROCESSES:
        print(f"usage: python -m deploy.service {'|'.join(PROCESSES)}", file=sys.stderr)
        return 2
    keep_to_ourselves()
    name = arguments[0]
    try:
        settings = Settings()
    except SettingsInvalid as error:
        print("\n".join(f"{name}: {reason}" for reason in error.reasons), file=sys.stderr)
        return NOT_STARTED
    setproctitle(f"fabriques {name}")
    configure_logs(name, settings.log_format or "json", settings.log_level)
    try:
        require_restored(settings.home)
        asyncio.run(look_for_broker(settings, name))
        with loading():
            app = part_of(name, "app")
        service = app.build(settings)
        return asyncio.run(serve(service, settings))
    except Exception as error:
        return cannot_serve(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
