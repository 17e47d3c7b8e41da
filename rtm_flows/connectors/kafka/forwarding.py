"""A port of one's choice before a broker that chooses its own.

In: a port, and the address of a broker on this machine. Out: a way in: what connects to the port
is connected to the broker, and told there where to go on. It refuses to know the protocol.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from rtm_flows.errors import BrokerError

_HOSTS = ("127.0.0.1", "::1")
"""What `localhost` may mean. A machine without IPv6 has the first only."""
_CHUNK = 1 << 16


async def forward(port: int, bootstrap: str) -> list[asyncio.Server]:
    """Pass on what comes to a port of this machine, until the servers are closed.

    Raises
    ------
    BrokerError
        If the port cannot be had.
    """
    host, _, target = bootstrap.rpartition(":")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled when the program ends: asyncio would complain aloud of what it cancelled itself.
        with suppress(OSError, asyncio.CancelledError):
            inner_reader, inner_writer = await asyncio.open_connection(host, int(target))
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    try:
        servers = [await asyncio.start_server(serve, _HOSTS[0], port)]
    except OSError as error:
        msg = (
            f"port {port} cannot be had: {error.strerror or error}; end what listens there, or "
            "give another one with --port (0 takes any that is free)"
        )
        raise BrokerError(msg) from None
    with suppress(OSError):
        servers.append(await asyncio.start_server(serve, _HOSTS[1], port))
    return servers


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass bytes on to the end of either side."""
    try:
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass  # one side is gone: then the other is let go too
    finally:
        sink.close()
