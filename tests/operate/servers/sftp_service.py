"""A real SFTP server on the loopback, in a thread with an event loop of its own."""

import asyncio
import threading

import asyncssh


class SftpService:
    """Serves a folder to whoever holds the client key; or asks for a password, or for nothing."""

    def __init__(self, root, host_key, client_key, *, asks_password=False, is_mute=False):
        self.root, self.host_key, self.client_key = root, host_key, client_key
        self.asks_password, self.is_mute = asks_password, is_mute
        self.n_password_asked = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_):
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _serve(self):
        if self.is_mute:
            server = await asyncio.start_server(self._say_nothing, "127.0.0.1", 0)
        else:
            server = await self._listen()
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        await asyncio.sleep(0.05)

    async def _say_nothing(self, _reader, writer):
        await self._stop.wait()
        writer.close()

    async def _listen(self):
        outer = self

        class Login(asyncssh.SSHServer):
            def begin_auth(self, _user):
                return True

            def password_auth_supported(self):
                return outer.asks_password

            def validate_password(self, _user, _password):
                outer.n_password_asked += 1
                return True

            def public_key_auth_supported(self):
                return not outer.asks_password

            def validate_public_key(self, _user, key):
                return key.public_data == outer.client_key.public_data

        root = str(self.root).encode()
        return await asyncssh.create_server(
            Login,
            "127.0.0.1",
            0,
            server_host_keys=[self.host_key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
        )
