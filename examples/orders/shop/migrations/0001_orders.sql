CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    item TEXT NOT NULL,
    queue TEXT NOT NULL,
    placed_at REAL NOT NULL,
    requeue_at REAL NOT NULL, -- not shipped by then: its message is lost, and sent again
    requeues INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, -- how often a worker began to pack it
    shipped_at REAL
);

-- Append-only: what has left the house. Nothing but the code keeps an order from being here twice.
CREATE TABLE shipments (
    id INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    shipped_by TEXT NOT NULL,
    shipped_at REAL NOT NULL
);
