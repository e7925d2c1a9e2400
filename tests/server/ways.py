"""The servers that can run the site, and the way that frames take out of each of them."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.live import Command, LiveServer


class TlsServer(LiveServer):
    """A Daphne that does TLS by itself, with a certificate of its own making."""

    def __init__(self, storage: Path, command: Command = "daphne", env: Mapping[str, str | None] | None = None) -> None:
        super().__init__(storage, command, env)
        self.url = f"https://127.0.0.1:{self.port}"
        self.ws_url = f"wss://127.0.0.1:{self.port}"
        self._pem = storage.with_name(f"{storage.name}-{self.port}.pem")
        self._pem.write_bytes(self_signed())

    def _arguments(self) -> list[str]:
        executable, option, module, *_, application = super()._arguments()
        endpoint = f"ssl:port={self.port}:interface=127.0.0.1:privateKey={self._pem}:certKey={self._pem}"
        return [executable, option, module, "-e", endpoint, application]


def self_signed() -> bytes:
    """A key and its certificate, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, pkcs8, serialization.NoEncryption())
    return secret + certificate.public_bytes(pem)


class Way(NamedTuple):
    """How the site is served, what the log calls the way of its frames, and how SIGTERM ends a connection."""

    command: Command
    direct: str
    logged: str
    goodbye: int = 4000
    tls: bool = False

    def server(self, storage: Path, env: Mapping[str, str] | None = None) -> LiveServer:
        """A server over a folder; with CHAT_DIRECT_WRITES as this way wants it."""
        kind = TlsServer if self.tls else LiveServer
        return kind(storage, self.command, {**(env or {}), "CHAT_DIRECT_WRITES": self.direct})

    def __str__(self) -> str:
        return f"{self.command}{'-tls' if self.tls else ''}-{self.direct}"


DIRECT = Way("daphne", "on", "Daphne's sockets")
SEND = Way("daphne", "off", "Daphne's send")
TLS = Way("daphne", "on", "Daphne's send", tls=True)
OTHERS = [
    Way("uvicorn", "on", "the server's send", goodbye=1012),
    Way("hypercorn", "on", "the server's send", goodbye=1011),
]
WAYS = [DIRECT, SEND, TLS, *OTHERS]
COMMANDS = [
    Way("serve", "on", "Daphne's sockets"),
    Way("serve", "off", "Daphne's send"),
    Way("runserver", "on", "Daphne's sockets"),
    Way("runserver", "off", "Daphne's send"),
]
