"""Makes ready what the product needs on this machine; each step does nothing when it is done.

    python3 deploy/prepare.py run      both environments, the web part, the model
    python3 deploy/prepare.py test     the same, and the tools for developing

Steps can be named one by one: env, dev, rasa, web, model. Only the standard library is used here,
because nothing is installed yet.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_RASA = ROOT / ".venv-rasa"
WEB = ROOT / "web"
MODELS = ROOT / "models"
LOGS = ROOT / "var" / "log"
BEGAN = time.monotonic()


class Stop(Exception):
    """One sentence that says what is missing and what to do."""


def say(text: str) -> None:
    """Print a line with the time since the start."""
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {text}", flush=True)


def fingerprint(paths: Iterable[Path]) -> str:
    """Return a short hash over the names and contents of files; folders count with all in them."""
    digest = hashlib.sha256()
    for path in sorted(set(_files(paths))):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        elif path.exists():
            yield path


def run(
    name: str, *command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> None:
    """Run a command with its output in a log file.

    Raises:
        Stop: it failed; the end of its output is in the message.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode != 0:
        end = "\n    ".join(log.read_text("utf-8", "replace").splitlines()[-15:])
        raise Stop(f"{name} failed; the end of {log.relative_to(ROOT)}:\n    {end}")


def step(stamp: Path, wanted: str, what: str) -> bool:
    """Say what is about to be done, unless the stamp says that it was done for the same input."""
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    say(f"{what} …")
    return True


def python_version(python: Path | str) -> str:
    """Return the interpreter's `3.11`-like version, or an empty text if it does not run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python), "-c", code], capture_output=True, text=True, timeout=20, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def uv() -> Path:
    """Return uv, which installs the rest quickly; it is installed into .venv first."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whatever python3 is there runs this file
        raise Stop(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; "
            "run `make PYTHON=python3.11 …` with one."
        )
    if not python_version(VENV / "bin" / "python"):
        say("making .venv …")
        try:
            run("venv", sys.executable, "-m", "venv", "--clear", VENV)
        except Stop as error:
            raise Stop(f"{error}\nOn Debian: apt-get install python3-venv") from None
    tool = VENV / "bin" / "uv"
    if not tool.exists():
        locked = ROOT / "deploy" / "requirements-uv.txt"
        run("uv", VENV / "bin" / "pip", "install", "-q", "--require-hashes", "-r", locked)
    return tool


def _install(requirements: str, stamp_name: str, what: str) -> None:
    locked = ROOT / requirements
    stamp = VENV / stamp_name
    wanted = fingerprint([locked, ROOT / "pyproject.toml"])
    if not step(stamp, wanted, what):
        return
    python = VENV / "bin" / "python"
    run(stamp_name, uv(), "pip", "install", "-p", python, "--require-hashes", "-r", locked)
    run(
        "frontdoor", uv(), "pip", "install", "-p", python, "--no-deps", "--no-build-isolation",
        "-e", ROOT,
    )  # fmt: skip
    stamp.write_text(wanted)


def env() -> None:
    """Our own environment."""
    _install("requirements.txt", "stamp-run", "installing our environment (.venv)")


def dev() -> None:
    """Our own environment with the tools for developing."""
    _install("requirements-dev.txt", "stamp-dev", "installing our environment with tools (.venv)")


def find_python310() -> str:
    """Return a Python 3.10: on PATH, under pyenv's versions, or one that uv can get."""
    if named := os.environ.get("PYTHON310"):
        if python_version(named) != "3.10":
            raise Stop(f"PYTHON310 is {named}, which is no Python 3.10.")
        return named
    candidates = [shutil.which("python3.10") or ""]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += sorted(map(str, pyenv.glob("versions/3.10*/bin/python")), reverse=True)
    for candidate in candidates:
        if candidate and python_version(candidate) == "3.10":
            return candidate
    try:
        run("python310", uv(), "python", "install", "3.10")
        done = subprocess.run(
            [uv(), "python", "find", "3.10"], capture_output=True, text=True, check=True
        )
    except (Stop, subprocess.CalledProcessError):
        raise Stop(
            "Rasa 3.6 needs Python 3.10 and none was found; install one (for instance with "
            "`pyenv install 3.10`) or say where it is: PYTHON310=/path/to/python3.10 make run"
        ) from None
    return done.stdout.strip()


def rasa() -> None:
    """Rasa's environment."""
    locked = ROOT / "requirements-rasa.txt"
    stamp = VENV_RASA / "stamp"
    wanted = fingerprint([locked])
    if not step(stamp, wanted, "installing Rasa's environment (.venv-rasa), about 2.5 GB"):
        return
    tool = uv()
    run("venv-rasa", tool, "venv", "-q", "--clear", "-p", find_python310(), VENV_RASA)
    python = VENV_RASA / "bin" / "python"
    run("rasa", tool, "pip", "install", "-p", python, "--require-hashes", "-r", locked)
    stamp.write_text(wanted)


def web() -> None:
    """The widget and the consoles."""
    sources = [p for p in WEB.iterdir() if p.name not in ("node_modules", "dist")]
    stamp = WEB / "dist" / "stamp"
    wanted = fingerprint(sources)
    if not step(stamp, wanted, "building the web part"):
        return
    _check_node()
    installed = WEB / "node_modules" / "stamp"
    lock = fingerprint([WEB / "package-lock.json"])
    if not installed.exists() or installed.read_text() != lock:
        run("npm-ci", "npm", "ci", "--no-audit", "--no-fund", cwd=WEB)
        installed.write_text(lock)
    run("web", "npm", "run", "build", cwd=WEB)
    stamp.write_text(wanted)


def _check_node() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Stop("Node.js 20 or newer with npm is needed to build the web part; install it.")
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = done.stdout.strip().removeprefix("v")
    if int(version.split(".")[0] or 0) < 20:
        raise Stop(f"Node.js 20 or newer is needed, this is {version}.")


def model() -> None:
    """The trained assistant."""
    inputs = ["config.yml", "domain.yml", "data", "bot/components", "requirements-rasa.txt"]
    name = fingerprint(ROOT / path for path in inputs)
    trained = MODELS / f"{name}.tar.gz"
    if trained.exists():
        return
    say("training the assistant …")
    run(
        "train", VENV_RASA / "bin" / "python", "-m", "bot", "train", "--fixed-model-name", name,
        "--out", MODELS,
    )  # fmt: skip
    for old in MODELS.glob("*.tar.gz"):
        if old != trained:
            old.unlink()


STEPS = {"env": env, "dev": dev, "rasa": rasa, "web": web, "model": model}
GROUPS = {"run": ("env", "rasa", "web", "model"), "test": ("dev", "rasa", "web", "model")}


def main(names: list[str]) -> int:
    """Run the named steps or groups of them; returns the exit code."""
    steps = [one for name in names for one in GROUPS.get(name, (name,))]
    if not steps or any(name not in STEPS for name in steps):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        for name in steps:
            STEPS[name]()
    except Stop as error:
        print(f"prepare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
