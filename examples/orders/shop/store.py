"""The database: the only thing that all processes share, beside the queues.

An order is in it before its message is sent, and is marked in the transaction that ships it. So a
lost message is found (``requeue_lost``), and one that comes twice changes nothing (``ship``).
"""

import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from shop.config import DATABASE, PATIENCE_SECONDS

MIGRATIONS = sorted((Path(__file__).parent / "migrations").glob("*.sql"))


class Order(NamedTuple):
    """An order as it is asked for; ``shipped_at`` is in seconds since the epoch."""

    id: str
    item: str
    queue: str
    shipped_at: float | None


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    """A transaction that writes: all of it is kept, or nothing."""
    connection = sqlite3.connect(DATABASE, timeout=30, isolation_level=None)
    try:
        # IMMEDIATE: one that reads first and writes later is refused at once when another wrote between.
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()  # which rolls back what was not committed


def version() -> int:
    """How many migrations the database has seen."""
    if not DATABASE.exists():
        return 0
    with transaction() as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate() -> list[str]:
    """Run the migrations that the database has not seen; gives their names."""
    DATABASE.parent.mkdir(parents=True, exist_ok=True)
    with transaction() as connection:
        seen = connection.execute("PRAGMA user_version").fetchone()[0]
        for migration in MIGRATIONS[seen:]:
            for statement in migration.read_text().split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    return [migration.stem for migration in MIGRATIONS[seen:]]


def place(item: str, queue: str) -> str:
    """Take an order; gives its id. From here on it is not lost, whatever becomes of its message."""
    order_id = uuid.uuid4().hex
    now = time.time()
    with transaction() as connection:
        connection.execute(
            "INSERT INTO orders (id, item, queue, placed_at, requeue_at) VALUES (?, ?, ?, ?, ?)",
            (order_id, item, queue, now, now + PATIENCE_SECONDS),
        )
    return order_id


def find(order_id: str) -> Order | None:
    """The order with this id."""
    with transaction() as connection:
        row = connection.execute(
            "SELECT id, item, queue, shipped_at FROM orders WHERE id = ?", (order_id,)
        ).fetchone()
    return Order(*row) if row else None


def counts() -> tuple[int, int]:
    """How many orders wait, and how many have been shipped."""
    with transaction() as connection:
        row = connection.execute("SELECT count(*) - count(shipped_at), count(shipped_at) FROM orders")
        waiting, shipped = row.fetchone()
    return waiting, shipped


def attempt(order_id: str) -> Order | None:
    """The order, if it has not been shipped yet; a worker begins to pack it."""
    with transaction() as connection:
        connection.execute("UPDATE orders SET attempts = attempts + 1 WHERE id = ?", (order_id,))
    order = find(order_id)
    return order if order and order.shipped_at is None else None


def ship(order_id: str, shipped_by: str) -> bool:
    """Ship an order; False if another worker was first, and nothing is to be done."""
    now = time.time()
    with transaction() as connection:
        first = connection.execute(
            "UPDATE orders SET shipped_at = ? WHERE id = ? AND shipped_at IS NULL", (now, order_id)
        ).rowcount
        if first:
            connection.execute(
                "INSERT INTO shipments (order_id, shipped_by, shipped_at) VALUES (?, ?, ?)",
                (order_id, shipped_by, now),
            )
    return bool(first)


def requeue_lost(sent_by: str) -> list[Order]:
    """The orders whose messages are to be sent again: they waited too long, so theirs are lost.

    Each time an order is given twice as long, so that a shop without workers for a night does not
    wake up to thousands of messages for one order.
    """
    now = time.time()
    with transaction() as connection:
        rows = connection.execute(
            """UPDATE orders SET requeues = requeues + 1, requeue_at = ? + ? * (2 << requeues)
               WHERE shipped_at IS NULL AND requeue_at <= ? RETURNING id, item, queue, shipped_at""",
            (now, PATIENCE_SECONDS, now),
        ).fetchall()
        connection.execute(
            "INSERT INTO sweeps (sent_by, swept_at, requeued) VALUES (?, ?, ?)", (sent_by, now, len(rows))
        )
    return [Order(*row) for row in rows]
