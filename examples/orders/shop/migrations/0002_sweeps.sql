-- Each time that the scheduler had the shop looked through for lost orders.
CREATE TABLE sweeps (
    id INTEGER PRIMARY KEY,
    sent_by TEXT NOT NULL, -- which scheduler sent the task
    swept_at REAL NOT NULL,
    requeued INTEGER NOT NULL
);

CREATE INDEX orders_waiting ON orders (requeue_at) WHERE shipped_at IS NULL;
