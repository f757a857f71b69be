"""`relay`: the command line. Errors are one line that says what to do; exit codes are 0 done, 1 failed, 2 misused."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from relay.commands import trading
from relay.commands.words import Parser, count, port
from relay.errors import Misused, RelayError

MOST_WORKERS = 64  # as `server.workers`
COLLECTED = (50_000, 50, 50)  # payments are short-lived trees without cycles: fewer collections, same memory
SWITCH_SECONDS = 0.0005  # the journal's thread commits in well under the default 5 ms: do not keep it waiting

Command = Coroutine[Any, Any, int]

MERCHANT = """
  add ID             a new merchant, with --name, --origin and an --account per network
  update ID          another --name or --origin
  list               who there is, his site and his accounts
  add-account ID     one more --account; several of a network are all his
  remove-account ID  an --account that is not his any more"""
KEY = """
  add MERCHANT       prints a new API key, this once
  list MERCHANT      what each may, how long, and when it was last used
  rotate MERCHANT    a new key in the place of --prefix, which works --overlap longer
  revoke MERCHANT    ends --prefix at once, its open sockets too
  signing            prints a new secret for signing_key or master_key
  rotate-master      seals every secret of the database anew under the first master key"""
AUDIT = """
  list [MERCHANT]    every entry, as JSON lines
  verify             that no entry was changed or taken out; prints the head to note elsewhere"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. What a command needs is imported when it runs: `--help` is instant."""
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if options.run is None:
        parser.print_help()
        return 2
    gc.set_threshold(*COLLECTED)  # before the imports: they make many objects and drop none
    try:
        return run(options.run(options))
    except RelayError as error:
        return _refuse(options.command, error)
    except BaseExceptionGroup as group:  # what the relay's tasks raise comes as a group
        ours, other = group.split(RelayError)
        if ours is None or other is not None:
            raise
        return _refuse(options.command, _first(ours))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `relay events | head`
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return 0


def _refuse(command: str, error: RelayError) -> int:
    named = error.message.startswith(f"relay {command} ")  # it shows how the command is typed
    sys.stderr.write(f"{error.message}\n" if named else f"relay {command}: {error.message}\n")
    return 2 if isinstance(error, Misused) else 1


def _first(error: BaseException) -> RelayError:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, RelayError) else RelayError(str(error))


def run(command: Command) -> int:
    """Run a command on the fastest loop there is."""
    loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if sys.platform != "win32":
        import resource

        import uvloop

        loop = uvloop.new_event_loop
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection is one; many systems give 1,024 unasked
    gc.set_threshold(*COLLECTED)
    sys.setswitchinterval(SWITCH_SECONDS)
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(command)


def _parser() -> Parser:
    parser = Parser(prog="relay", description="A self-hosted, non-custodial, real-time micropayment relay.")
    parser.set_defaults(run=None, command="", parser=parser)
    parser.add_argument("--version", action=_Version, nargs=0, help="print which version this is")
    commands = parser.add_subparsers(metavar="COMMAND")

    def add(name: str, help: str, example: str, run: Any, actions: str = "") -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=help,
            description=f"{help}\n{actions}" if actions else help,
            epilog=f"example: {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run, command=name, parser=command)
        return command

    def add_config(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "--config", type=Path, default=Path("relay.toml"), metavar="FILE", help="default: relay.toml"
        )

    serve = add("serve", "run the relay", "relay serve --config relay.toml --workers 2", _serve)
    add_config(serve)
    serve.add_argument(
        "--workers", type=_workers, metavar="N", help="processes behind one port; default: server.workers"
    )
    serve.add_argument("--worker", type=Path, help=argparse.SUPPRESS)

    demo = add("demo", "run the relay with embedded parts and the browser demo", "relay demo --port 0 --open", _demo)
    demo.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine only")
    demo.add_argument("--port", type=port, default=8099, help="0 picks a free one; default: 8099")
    node = demo.add_mutually_exclusive_group()
    node.add_argument("--node-port", type=port, default=50211, help="of the embedded node; default: 50211")
    node.add_argument("--node", metavar="HOST:PORT", help="use a development node that already runs")
    demo.add_argument(
        "--data", type=Path, default=Path(".relay"), metavar="DIR", help="where it keeps what it knows; default: .relay"
    )
    demo.add_argument("--open", action="store_true", help="open the page in a browser")

    devnet = add("devnet", "run only the development Hedera node", "relay devnet --port 50211", _devnet)
    devnet.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine only")
    devnet.add_argument("--port", type=port, default=50211, help="0 picks a free one; default: 50211")
    devnet.add_argument("--mirror-port", type=port, default=0, help="default: a free one")
    devnet.add_argument("--consensus-ms", type=count, default=300, help="how long consensus takes; default: 300")

    check = add("check", "show the effective configuration and try everything it names", "relay check", _check)
    add_config(check)

    migrate = add("migrate", "bring the database schema to this version", "relay migrate", _migrate)
    add_config(migrate)

    backup = add("backup", "copy a SQLite database while the relay runs", "relay backup 2026-11-20.db", _backup)
    add_config(backup)
    backup.add_argument("file", type=Path, help="must not exist")

    restore = add("restore", "make the database anew from a backup", "relay restore 2026-11-20.db", _restore)
    add_config(restore)
    restore.add_argument("file", type=Path, help="what `relay backup` wrote")

    merchant = add(
        "merchant",
        "administer merchants",
        "relay merchant add shop --account hedera:testnet=0.0.2001",
        _merchant,
        MERCHANT,
    )
    add_config(merchant)
    merchant.add_argument("action", choices=["add", "update", "list", "add-account", "remove-account"])
    merchant.add_argument("id", nargs="?", help="short name, used in streams: lower-case letters, digits and dashes")
    merchant.add_argument("--name", help="for people")
    merchant.add_argument("--account", action="append", default=[], metavar="NETWORK=ACCOUNT")
    merchant.add_argument("--origin", help="of the merchant's site, such as https://blog.example.com")

    key = add("key", "administer keys; `signing` prints a new secret", "relay key add shop --role cashier", _key, KEY)
    add_config(key)
    key.add_argument("action", choices=["add", "list", "revoke", "rotate", "rotate-master", "signing"])
    key.add_argument("merchant", nargs="?", help="whose; `relay merchant list` shows them")
    key.add_argument("--name", default="", help="for people, such as where it is used")
    key.add_argument("--prefix", help="which key to revoke or rotate; `relay key list` shows the prefixes")
    key.add_argument("--scope", action="append", default=[], metavar="NOUN:read|write", help="default: everything")
    key.add_argument("--role", help="owner, developer, cashier or viewer, instead of scopes")
    key.add_argument("--expires", metavar="SPAN", help="such as 90d, 12h; default: never")
    key.add_argument("--test", action="store_true", help="a test key; default: live where the relay has a live network")
    key.add_argument("--publishable", action="store_true", help="for pages, see --origin")
    key.add_argument("--origin", action="append", default=[], help="of pages a publishable key works on")
    key.add_argument("--overlap", metavar="SPAN", help="how long a rotated key still works; default: 1d")

    audit = add("audit", "what was administered, by whom and when", "relay audit verify", _audit, AUDIT)
    add_config(audit)
    audit.add_argument("action", choices=["list", "verify"])
    audit.add_argument("merchant", nargs="?", help="only this merchant's entries (list)")
    audit.add_argument("--head", metavar="SEQ:HASH", help="an earlier head that must still be there (verify)")

    trading.add_to(add, port)

    events = add("events", "a merchant's events as JSON lines", "relay events --follow --after 0", _events)
    events.add_argument("--url", default="http://127.0.0.1:8099", help="of the relay")
    events.add_argument("--key", help="the merchant's; default: $RELAY_API_KEY, else the demo's")
    events.add_argument("--after", type=count, default=0, help="only events with a greater seq")
    events.add_argument("--follow", action="store_true", help="go on with new ones")
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # only who asks reads the package's metadata

        sys.stdout.write(f"relay {version('micropay-relay')}\n")
        parser.exit()


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text} is not a number of processes: 1 to {MOST_WORKERS}")
    return int(text)


def _serve(options: argparse.Namespace) -> Command:
    from relay.commands.serve import serve

    return serve(options.config, worker=options.worker, workers=options.workers)


def _demo(options: argparse.Namespace) -> Command:
    from relay.commands.demo import demo

    return demo(
        host=options.host,
        port=options.port,
        node_port=options.node_port,
        node=options.node,
        data=options.data,
        browse=options.open,
    )


def _devnet(options: argparse.Namespace) -> Command:
    from relay.commands.devnet import devnet

    return devnet(options.host, options.port, options.mirror_port, options.consensus_ms)


def _check(options: argparse.Namespace) -> Command:
    from relay.commands.check import check

    return check(options.config)


def _migrate(options: argparse.Namespace) -> Command:
    from relay.commands.admin import migrate_database

    return migrate_database(options.config)


def _backup(options: argparse.Namespace) -> Command:
    from relay.commands.backup import save

    return save(options.config, options.file)


def _restore(options: argparse.Namespace) -> Command:
    from relay.commands.backup import bring_back

    return bring_back(options.config, options.file)


def _merchant(options: argparse.Namespace) -> Command:
    from relay.commands.admin import merchant

    return merchant(options.config, options.action, options.id, options.name, options.account, options.origin)


def _key(options: argparse.Namespace) -> Command:
    from relay.commands.keys import Wish, key

    wish = Wish(
        name=options.name,
        scopes=options.scope,
        role=options.role,
        expires=options.expires,
        test=options.test,
        publishable=options.publishable,
        origins=options.origin,
    )
    return key(options.config, options.action, options.merchant, options.prefix, options.overlap, wish)


def _audit(options: argparse.Namespace) -> Command:
    from relay.commands.admin import audit

    return audit(options.config, options.action, options.merchant, options.head)


def _events(options: argparse.Namespace) -> Command:
    from relay.commands.events import events

    return events(options.url, options.key, options.after, follow=options.follow)
