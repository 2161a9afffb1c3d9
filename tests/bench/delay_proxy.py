"""`python -m tests.bench.delay_proxy PORT TARGET_PORT MILLISECONDS`: a wire with a simulated round trip."""

import asyncio
import sys
from functools import partial

HOST = "127.0.0.1"
CHUNK = 1 << 18


async def carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_seconds: float
) -> None:
    """Every byte arrives `delay_seconds` later, in order; nothing waits for what came before it."""
    loop = asyncio.get_running_loop()
    while data := await reader.read(CHUNK):
        loop.call_later(delay_seconds, writer.write, data)
    loop.call_later(delay_seconds, writer.close)


async def _connected(
    target_port: int,
    delay_seconds: float,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    there, back = await asyncio.open_connection(HOST, target_port)
    await asyncio.gather(carry(reader, back, delay_seconds), carry(there, writer, delay_seconds))


async def serve(port: int, target_port: int, round_trip_ms: float) -> None:
    """Half of the round trip on each way."""
    server = await asyncio.start_server(
        partial(_connected, target_port, round_trip_ms / 2000), HOST, port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
