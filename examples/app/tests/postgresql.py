"""A PostgreSQL server that accepts only TLS, as RDS does with `rds.force_ssl`."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
"""The folders of the installed versions, where Debian and Ubuntu have them."""

MISSING = (
    "needs PostgreSQL's server in /usr/lib/postgresql (Debian, Ubuntu: apt install postgresql)"
    if not PROGRAMS
    else ""
    if shutil.which("openssl")
    else "needs openssl"
)
"""Why this machine cannot run the server, or ""."""

ENDS = ("dport", "sport")

ACCESS = """
local   all all              trust
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl all all ::1/128      scram-sha-256
"""

SETTINGS = """
listen_addresses = 'localhost'
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
unix_socket_directories = '{folder}'
shared_buffers = 16MB
fsync = off
"""


class Certificates:
    """A certificate authority, and a certificate of it for the host `localhost`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.authority = folder / "ca.pem"
        new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
        authority = ("-subj", "/CN=test authority", "-keyout", folder / "ca.key", "-out", self.authority)
        _run(*new, *authority)
        server = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        signed = ("-CA", self.authority, "-CAkey", folder / "ca.key", "-addext", "basicConstraints=CA:FALSE")
        _run(*new, *server, *signed, "-keyout", folder / "server.key", "-out", folder / "server.crt")


class Server:
    """A server in a folder, with its certificates and its data."""

    host = "localhost"

    def __init__(self, folder: Path) -> None:
        """Create the data and start the server.

        Args:
            folder: An empty folder. The user of the server must be able to reach it.
        """
        self.certificates = Certificates(folder / "certificates")
        self._home = folder / "server"
        self._home.mkdir(mode=0o700)
        for name in ("server.crt", "server.key"):
            shutil.copy(self.certificates.folder / name, self._home / name)
        (self._home / "server.key").chmod(0o600)
        self._user = _user()
        if self._user:
            for path in (self._home, *self._home.iterdir()):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        data = self._home / "data"
        self._as_user("initdb", "--pgdata", data, "--username", "admin", "--no-sync", "--no-instructions")
        (data / "pg_hba.conf").write_text(ACCESS)
        with (data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(folder=self._home))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        log = self._home / "log"
        self._as_user("pg_ctl", "start", "--pgdata", self._home / "data", "--log", log, "-o", f"-p {self.port}")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server. In the mode `immediate`, it ends all connections as a crash does."""
        self._as_user("pg_ctl", "stop", "--pgdata", self._home / "data", "--mode", mode)

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Lose all packets from and to the server inside the block, as after the end of its machine. Needs root."""
        rules = [["INPUT", "--protocol", "tcp", f"--{end}", str(self.port), "--jump", "DROP"] for end in ENDS]
        for rule in rules:
            _run("iptables", "--wait", "--insert", *rule)
        try:
            yield
        finally:
            for rule in rules:
                _run("iptables", "--wait", "--delete", *rule)

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """Return a connection of the superuser, through the socket in the server's folder."""
        return psycopg.connect(
            host=str(self._home), port=self.port, user="admin", dbname=database, autocommit=True, connect_timeout=5
        )

    def _as_user(self, program: str, *arguments: str | Path) -> None:
        _run(PROGRAMS[-1] / program, *arguments, folder=self._home, user=self._user)


class Database:
    """A database, and the user that owns it."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name, self.password = server, name, "first-password"
        with server.admin() as admin:
            admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{self.password}'")
            admin.execute(f"CREATE DATABASE {name} OWNER {name}")

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of a connection over the network."""
        return {
            "host": self.server.host,
            "port": self.server.port,
            "dbname": self.name,
            "user": self.name,
            "password": self.password,
        }

    @property
    def variables(self) -> dict[str, str]:
        """The variables that the container gets."""
        return {f"DB_{name.removeprefix('db').upper()}": str(value) for name, value in self.arguments.items()}

    def rotate(self) -> None:
        """Set another password. Open connections continue."""
        self.password = "second-password"
        self.execute(f"ALTER ROLE {self.name} PASSWORD '{self.password}'")

    def execute(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Execute a statement as superuser, and return its rows."""
        with self.admin() as admin:
            cursor = admin.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def admin(self) -> psycopg.Connection:
        """Return a connection of the superuser to this database."""
        return self.server.admin(self.name)

    def end_connections(self, most: int) -> int:
        """End connections of the application, at most `most`, and return their number."""
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s LIMIT %s"
        return len(self.execute(end, self.name, most))

    def connections(self) -> int:
        """Return the number of connections of the application."""
        return len(self.execute("SELECT 1 FROM pg_stat_activity WHERE usename = %s", self.name))


def _user() -> pwd.struct_passwd | None:
    """Return the user that runs the server if root runs the tests: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("nobody")


def _run(*command: str | Path, folder: Path | None = None, user: pwd.struct_passwd | None = None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
