"""Hosts for tests: network namespaces, each with an address of its own, on one bridge.

In: how many. Out: hosts in which programs can be started, whose cables can be pulled, and each of
which finds a broker of this machine at its own loopback address. The namespace of this machine
itself gets no interface and no address. It refuses to know what runs there.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_SUBNET = "10.77.0"
_CLONE_NEWNET = 0x40000000
_CHUNK = 1 << 16


class NoHostsError(RuntimeError):
    """Network namespaces cannot be made on this machine."""


class Host:
    """A host of its own: a network namespace, with an address that others reach."""

    def __init__(self, name: str, switch: str, number: int) -> None:
        self.name = name
        self.address = f"{_SUBNET}.{number + 1}"
        self._switch = switch
        self._port = f"port{number}"

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return the command that runs another one on this host."""
        return ["ip", "netns", "exec", self.name, *arguments]

    def plug(self, *, into: bool) -> None:
        """Plug its cable in or out: nobody on either side is told a word."""
        _ip("-n", self._switch, "link", "set", self._port, "up" if into else "down")

    def connect(self) -> None:
        """Give it an interface with its address, on the switch."""
        peer = ["peer", "name", "eth0", "netns", self.name]
        _ip("link", "add", self._port, "netns", self._switch, "type", "veth", *peer)
        _ip("-n", self._switch, "link", "set", self._port, "master", "bridge", "up")
        _ip("-n", self.name, "addr", "add", f"{self.address}/24", "dev", "eth0")
        for interface in ("eth0", "lo"):
            _ip("-n", self.name, "link", "set", interface, "up")

    def listener(self, port: int) -> socket.socket:
        """Return a socket that listens on this host's loopback address."""
        made: list[socket.socket] = []

        def make() -> None:
            # The thread that makes a socket is on this host for as long as it lives.
            libc = ctypes.CDLL(None, use_errno=True)
            with Path("/run/netns", self.name).open("rb") as namespace:
                if libc.setns(namespace.fileno(), _CLONE_NEWNET) == 0:
                    made.append(socket.create_server(("127.0.0.1", port)))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if not made:
            msg = f"{self.name}: no socket could be made there"
            raise NoHostsError(msg)
        return made[0]


@contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """Make hosts that reach each other; they are gone afterwards.

    Raises
    ------
    NoHostsError
        If this machine does not allow it.
    """
    if shutil.which("ip") is None or os.geteuid() != 0:
        msg = "network namespaces: wants root and the program ip (Debian: iproute2)"
        raise NoHostsError(msg)
    with ExitStack() as made:
        switch = f"rtm-{os.getpid()}-switch"
        _namespace(switch, made)
        _ip("-n", switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", switch, "link", "set", "bridge", "up")
        found = [Host(f"rtm-{os.getpid()}-{number}", switch, number) for number in range(count)]
        for host in found:
            _namespace(host.name, made)
            host.connect()
        yield found


@contextmanager
def reaching(broker: str, found: Sequence[Host]) -> Iterator[None]:
    """Let hosts reach a broker of this machine's loopback at the same address on theirs."""
    port = int(broker.rpartition(":")[2])
    listeners = [host.listener(port) for host in found]
    loop = asyncio.new_event_loop()
    tasks: list[asyncio.Task[None]] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    async def serve() -> None:
        servers = [await asyncio.start_server(relay, sock=one) for one in listeners]
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        for server in servers:
            server.close()

    def run() -> None:
        tasks.append(loop.create_task(serve()))
        loop.run_until_complete(tasks[0])
        for left in asyncio.all_tasks(loop):
            left.cancel()
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(tasks[0].cancel)
        thread.join(10.0)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    sink.close()


def _namespace(name: str, made: ExitStack) -> None:
    _ip("netns", "add", name)
    made.callback(_ip, "netns", "del", name)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, check=False)
    if done.returncode:
        msg = f"ip {' '.join(arguments)}: {done.stderr.decode().strip()}"
        raise NoHostsError(msg)
