"""A PostgreSQL and a Redis of the test's own, which it may kill as it likes."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.conftest import skip_unless_ci
from tests.whole import free_ports

PATIENCE = 60


class Postgres:
    """A cluster with `fsync` on, as production has it. PostgreSQL refuses to run as root."""

    def __init__(self) -> None:
        self._bin = _postgres_programs()
        self.home = Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
        self._as: list[str] = []
        if os.geteuid() == 0:
            user = _somebody_else()
            ids = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}")
            self._as = ["setpriv", *ids, "--clear-groups"]
            os.chown(self.home, user.pw_uid, user.pw_gid)
        (self.port,) = free_ports(1)
        self._run("initdb", "-A", "trust", "-U", "chaos", "-E", "UTF8", "--locale=C", "-D", "data")
        options = f"-p {self.port} -k {self.home} -c listen_addresses=127.0.0.1 -N 200"
        self._control = ("pg_ctl", "-w", "-D", "data", "-l", "log", "-t", str(PATIENCE))
        self._run(*self._control, "-o", options, "start")

    def add(self, name: str) -> str:
        """Make a database; returns its address."""
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "chaos")
        self._run("createdb", *where, name)
        return f"postgresql://chaos@127.0.0.1:{self.port}/{name}"

    def restart(self) -> None:
        """End every connection without a word, as a crash does, and recover."""
        self._run(*self._control, "-m", "immediate", "restart")

    def end(self) -> None:
        self._run(*self._control, "-m", "immediate", "stop")
        shutil.rmtree(self.home)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        # pg_ctl's server keeps what it inherits open: a pipe would never end.
        with (self.home / "output").open("ab") as output:
            done = subprocess.run(command, cwd=self.home, stdout=output, stderr=output)
        assert done.returncode == 0, f"{command}:\n{(self.home / 'output').read_text()[-2000:]}"


class Redis:
    """A Redis that keeps nothing."""

    def __init__(self) -> None:
        found = shutil.which("redis-server") or ""
        if not found:
            skip_unless_ci("needs redis-server (apt install redis-server)")
        (self.port,) = free_ports(1)
        self._command = [found, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def end(self) -> None:
        if self._process is not None:
            self.kill()


def _postgres_programs() -> Path:
    """Where initdb and pg_ctl are: distributions keep them off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and (on_path := shutil.which("initdb")):
        found = [Path(on_path).resolve()]
    if not found:
        skip_unless_ci("needs PostgreSQL's initdb and pg_ctl (apt install postgresql)")
    return found[-1].parent


def _somebody_else() -> pwd.struct_passwd:
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]
