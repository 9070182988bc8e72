"""Prints the address of a PostgreSQL that tests may make databases in, or says in a line that there is none.

GUANLAN_TEST_POSTGRES (postgres://user:password@host:port) goes first, then this machine's server with
the names a fresh installation lets in.
"""

from __future__ import annotations

import os
import sys
from getpass import getuser
from urllib.parse import urlsplit

import psycopg

DATABASE = "guanlan_scratch"


def candidates() -> list[str]:
    """Servers to try, without a database name."""
    named = os.environ.get("GUANLAN_TEST_POSTGRES")
    if named:
        return [named.rstrip("/")]
    port = os.environ.get("PGPORT", "5432")
    return [f"postgres://{user}@127.0.0.1:{port}" for user in dict.fromkeys((getuser(), "root", "postgres"))]


def prepare(server: str) -> None:
    """Makes the scratch database if it is not there yet; raises psycopg.Error when that may not be."""
    with psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=5) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(f'create database "{DATABASE}"')


def main() -> int:
    """Exit status 1 when no server lets us in."""
    causes = []
    for server in candidates():
        try:
            prepare(server)
        except psycopg.Error as error:
            causes.append(f"{urlsplit(server).hostname}: {str(error).strip().splitlines()[0]}")
        else:
            print(f"{server}/{DATABASE}")
            return 0
    print("no PostgreSQL to test on: " + "; ".join(causes), file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
