"""The release: brings the database and the queues to where this version of the code wants them."""

from shop import config, store, tasks


def main() -> None:
    """Migrate, and say what was done."""
    for name in store.migrate():
        print(f"migrated: {name}")
    print(f"{config.DATABASE} is at version {len(store.MIGRATIONS)}")
    if not config.REDIS_URL:
        config.QUEUE_FOLDER.mkdir(parents=True, exist_ok=True)
    # Here and not by whoever comes first: workers that declare a queue at the same time read each
    # other's half-written files.
    with tasks.app.connection_for_write() as connection:
        for queue in tasks.app.amqp.queues.values():
            queue.bind(connection.default_channel).declare()
    print(f"queues: {', '.join(tasks.app.amqp.queues)}")


if __name__ == "__main__":
    main()
