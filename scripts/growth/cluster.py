"""A GoChat of its own for one measurement: its processes, what they use, and a way past them into the database."""

import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

STARTING_SECONDS = 60
STOPPING_SECONDS = 15
TICKS = os.sysconf("SC_CLK_TCK")


def free_ports(count):
    """Below the range that the kernel hands out."""
    first, found = random.randrange(12_000, 28_000), []
    for port in range(first, 32_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                found.append(port)
            except OSError:
                continue
        if len(found) == count:
            return found
    raise RuntimeError("no ports are free")


class Cluster:
    """Processes over an empty database, stopped at the end of a `with`."""

    def __init__(self, programs, gateways=1, database=None, database_pid=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gochat-growth-"))
        self.server, self.database, self.database_pid = database, None, database_pid
        self.programs, self.running = pathlib.Path(programs), []
        ports = free_ports(2 + 2 * gateways)
        self.http = ports[2 : 2 + gateways]
        url = "http://127.0.0.1:{}".format
        self.environment = {
            "DATA_DIR": str(self.folder), "RATE_LIMITS": "off", "BCRYPT_COST": "10", "LOG": "warn",
            "INTERNAL_TOKEN": "%032x" % random.getrandbits(128), "REPO_URLS": url(ports[0]), "LOGIC_URLS": url(ports[1]),
            "GATEWAY_URLS": ",".join(map(url, ports[2 + gateways :])),
        }
        if database:
            name = "growth_%016x" % random.getrandbits(64)
            self.database = urllib.parse.urlsplit(database)._replace(path="/" + name).geturl()
            self.psql(f"CREATE DATABASE {name}", database)
            self.environment["DATABASE_URL"] = self.database
        self.start("repo", REPO_LISTEN=f"127.0.0.1:{ports[0]}")
        self.start("logic", LOGIC_LISTEN=f"127.0.0.1:{ports[1]}")
        for number, (http, grpc) in enumerate(zip(self.http, ports[2 + gateways :])):
            own = {"GATEWAY_ID": f"g{number}", "GATEWAY_HTTP_LISTEN": f"127.0.0.1:{http}", "GATEWAY_GRPC_LISTEN": f"127.0.0.1:{grpc}"}
            self.start("gateway", **own)

    def start(self, name, **own):
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen([self.programs / name], env=self.environment | own, stdout=log, stderr=log)
        self.running.append((name, process))

    def __enter__(self):
        end = time.monotonic() + STARTING_SECONDS
        for port in self.http:
            while not is_ready(port):
                if time.monotonic() > end or any(process.poll() is not None for _, process in self.running):
                    logs = "".join(log.read_text()[-2_000:] for log in self.folder.glob("*.log"))
                    self.__exit__()
                    raise RuntimeError(f"the cluster does not start:\n{logs}")
                time.sleep(0.05)
        return self

    def __exit__(self, *_):
        for _, process in reversed(self.running):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        if self.database:
            self.psql(f"DROP DATABASE {self.database.rsplit('/', 1)[1]} WITH (FORCE)", self.server)
        shutil.rmtree(self.folder)

    def cpu(self):
        """Seconds of CPU so far, by the kind of process."""
        used = {}
        for name, process in self.running:
            used[name] = used.get(name, 0) + stat(process.pid)[1]
        if self.database_pid:
            used["database"] = tree(self.database_pid)
        return used

    def resident(self, name="gateway"):
        """KiB in RAM of each process of a kind."""
        lines = (pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text() for kind, process in self.running if kind == name)
        return [int(line.split()[1]) for text in lines for line in text.splitlines() if line.startswith("Rss:")]

    def fill(self, statements, first, last):
        """Runs statements past repo, as an operator could. In them `{numbers}` is a table of `q` from first to last."""
        if self.database:
            numbers = f"generate_series({first}::bigint, {last}::bigint) AS s(q)"
            self.psql(statements.replace("{numbers}", numbers) + "; ANALYZE messages, conversations, conversation_members", self.database)
        else:
            numbers = f"(WITH RECURSIVE s(q) AS (SELECT {first} UNION ALL SELECT q + 1 FROM s WHERE q < {last}) SELECT q FROM s)"
            self.sqlite(statements.replace("{numbers}", numbers))

    def psql(self, statements, url):
        subprocess.run(["psql", "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", url], input=statements, text=True, check=True)

    def sqlite(self, statements):
        with sqlite3.connect(self.folder / "gochat.db", timeout=60) as file:
            file.execute("PRAGMA synchronous = OFF")
            file.executescript(f"BEGIN; {statements}; COMMIT")
        file.close()


def is_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def stat(pid):
    """The parent, and the CPU of all threads in seconds; then that of children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return int(fields[1]), sum(map(int, fields[11:13])) / TICKS, sum(map(int, fields[13:15])) / TICKS


def tree(root):
    """The CPU of a process and of its children, those that have ended included."""
    total = sum(stat(root)[1:])
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent, own, ended = stat(entry.name)
            except (FileNotFoundError, ProcessLookupError):
                continue
            total += own + ended if parent == root else 0
    return total
