"""A real WordPress with the plugin, served by PHP on a free port, on SQLite or MariaDB; gone when the block ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from relay.devchain.ports import free_port
from tests.browser.processes import ROOT
from tests.servers.mariadb import MariaDBServer

HERE = Path(__file__).parent
CORE = ROOT / "build" / "wordpress" / "core"
DROP_IN = ROOT / "build" / "wordpress" / "sqlite-database-integration"
EXTENSIONS = {"mysqli", "pdo_sqlite", "mbstring", "dom", "curl", "sodium"}
CANNOT_FETCH = 3  # what build.sh exits with where packages truly cannot be had
READY_SECONDS = 60.0
PASSWORD = "a-password-for-tests"

CONFIG = """<?php
define( 'DB_NAME', '%(database)s' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', '%(host)s' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_DIR', '%(folder)s/' );
define( 'DB_FILE', 'site.sqlite' );
define( 'WP_HOME', '%(url)s' );
define( 'WP_SITEURL', '%(url)s' );
define( 'WP_CONTENT_DIR', '%(content)s' );
define( 'WP_CONTENT_URL', '%(url)s/wp-content' );
define( 'AUTH_KEY', '%(salt)s1' );
define( 'SECURE_AUTH_KEY', '%(salt)s2' );
define( 'LOGGED_IN_KEY', '%(salt)s3' );
define( 'NONCE_KEY', '%(salt)s4' );
define( 'AUTH_SALT', '%(salt)s5' );
define( 'SECURE_AUTH_SALT', '%(salt)s6' );
define( 'LOGGED_IN_SALT', '%(salt)s7' );
define( 'NONCE_SALT', '%(salt)s8' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', '%(folder)s/debug.log' );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""


@dataclass
class Site:
    """One WordPress. `admin` is its administrator; articles are made and read by `php`, as a plugin would."""

    folder: Path
    database: str  # a name on the MariaDB server, or nothing for SQLite
    mariadb: MariaDBServer | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def content(self) -> Path:
        return self.folder / "wp-content"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "RELAY_TEST_WORDPRESS": str(self.folder / "wp-config.php"),
            "RELAY_TEST_CONTENT": str(self.content),
            "PHP_CLI_SERVER_WORKERS": "4",
        }

    def php(self, code: str, **values: Any) -> Any:
        """Run PHP inside this WordPress with `$values`; what it returns, by way of JSON."""
        request = Request(  # our own server
            f"{self.url}/",
            json.dumps({"code": code, "values": values}).encode(),
            {"X-Told-By-Tests": f"{self.folder.name}5", "Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=60) as answer:
                return json.load(answer)["answer"]
        except HTTPError as error:
            raise AssertionError(f"{error.read().decode()[-2000:]}\n{self.complaints()[-5:]}") from None

    def complaints(self) -> list[str]:
        """What PHP and WordPress wrote into the log of errors; but that it cannot ask its maker for updates."""
        log = self.folder / "debug.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if "wrong with WordPress.org" not in line]

    def add_plugin(self, path: Path) -> None:
        """A plugin of the tests, active from now on."""
        shutil.copy(path, self.content / "mu-plugins" / path.name)

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                (*PHP, *SERVING, "-S", f"127.0.0.1:{self.port}", "-t", str(CORE), str(HERE / "router.php")),
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < until, "PHP did not get ready"
                time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)  # its workers, too
            self.process.wait(10)
            self.process = None

    def install(self) -> None:
        """Configure it, make its tables, activate the plugin."""
        for name in ("plugins", "mu-plugins", "uploads"):
            (self.content / name).mkdir(parents=True)
        (self.content / "themes").symlink_to(CORE / "wp-content" / "themes")
        for plugin in ("behind-a-proxy.php", "told-by-tests.php"):
            self.add_plugin(HERE / plugin)
        subprocess.run((ROOT / "plugins/wordpress/package.sh", self.content / "plugins"), check=True, timeout=60)
        names: Mapping[str, object] = {
            "database": self.database or "site",
            "host": f"localhost:{self.mariadb.address}" if self.mariadb else "localhost",
            "folder": self.folder,
            "content": self.content,
            "url": self.url,
            "salt": self.folder.name,
        }
        (self.folder / "wp-config.php").write_text(CONFIG % names)
        if self.mariadb is None:
            (self.content / "plugins" / DROP_IN.name).symlink_to(DROP_IN)
            drop_in = (DROP_IN / "db.copy").read_text()
            drop_in = drop_in.replace("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", str(DROP_IN))
            drop_in = drop_in.replace("{SQLITE_PLUGIN}", f"{DROP_IN.name}/load.php")
            (self.content / "db.php").write_text(drop_in)
        done = subprocess.run(
            (*PHP, str(HERE / "install.php"), self.url, PASSWORD),
            cwd=CORE,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stdout.endswith("installed\n"), done.stdout + done.stderr


PHP = ("php", "-d", "memory_limit=256M", "-d", "sendmail_path=/bin/true", "-d", "date.timezone=UTC")
SERVING = ("-d", "opcache.enable_cli=1", "-d", "opcache.validate_timestamps=0")


def require_wordpress() -> None:
    """Skip where PHP is not installed or WordPress truly cannot be fetched."""
    if shutil.which("php") is None:
        pytest.skip("PHP is not installed; `make test` as root installs it")
    modules = subprocess.run(("php", "-m"), capture_output=True, text=True, timeout=30, check=True).stdout
    if missing := EXTENSIONS - {line.strip().lower() for line in modules.splitlines()}:
        pytest.skip(f"PHP lacks {', '.join(sorted(missing))}; `make test` as root installs them")
    built = subprocess.run((HERE / "build.sh",), capture_output=True, text=True, timeout=400, check=False)
    if built.returncode == CANNOT_FETCH:
        pytest.skip(f"WordPress cannot be had here: {built.stderr.strip()}")
    assert built.returncode == 0, built.stdout + built.stderr


@contextmanager
def running_site(folder: Path, mariadb: MariaDBServer | None = None) -> Iterator[Site]:
    require_wordpress()
    site = Site(folder, "" if mariadb is None else mariadb.new_database(), mariadb)
    site.install()
    try:
        site.start()
        yield site
    finally:
        site.stop()
