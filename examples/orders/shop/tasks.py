"""The work in the background: a queue for each kind of it, and a schedule."""

import logging
import time

from celery import Celery, Task
from celery.utils.log import get_task_logger
from kombu import Queue

from shop import broker, config, store

DEFAULT, HIGH_PRIORITY, SLOW_JOBS = "default", "high_priority", "slow_jobs"

log = get_task_logger(__name__)
app = Celery("shop", broker=config.REDIS_URL or broker.URL)
app.conf.update(
    task_queues=[Queue(name) for name in (DEFAULT, HIGH_PRIORITY, SLOW_JOBS)],
    task_default_queue=DEFAULT,
    # A message is acknowledged when its task has ended. (One that a killed worker takes with it all the
    # same, as from a file, is sent again by the sweep.)
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    # Nobody asks these workers anything, so there need be no queues to ask them by.
    worker_enable_remote_control=False,
    broker_connection_retry_on_startup=True,
    # Whoever runs us adds the time and the name.
    worker_log_format="%(message)s",
    worker_task_log_format="%(message)s",
    worker_redirect_stdouts=False,
    beat_schedule={"look for lost orders": {"task": "sweep", "schedule": config.SWEEP_SECONDS}},
)
for name in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(name).setLevel(logging.WARNING)  # our own lines say what is received and done
if not config.REDIS_URL:
    app.conf.broker_transport_options = broker.options(config.QUEUE_FOLDER)


@app.task(name="pack", bind=True)
def pack(self: Task, order_id: str) -> None:
    """Pack an order and ship it. Runs again when a worker died in the middle of it."""
    order = store.attempt(order_id)
    if order is None:
        log.info("order %.8s: shipped before", order_id)
        return
    log.info("order %.8s: packing %s", order_id, order.item)
    time.sleep(config.ENGRAVE_SECONDS if order.queue == SLOW_JOBS else config.PACK_SECONDS)
    if store.ship(order_id, self.request.hostname):
        log.info("order %.8s: shipped", order_id)


@app.task(name="sweep", bind=True)
def sweep(self: Task) -> None:
    """Send the messages again that were lost, and say how the shop is doing."""
    lost = store.requeue_lost(self.request.origin)
    for order in lost:
        send(order.id, order.queue)
    waiting, shipped = store.counts()
    log.info("%d orders wait, %d were shipped, %d queued again", waiting, shipped, len(lost))


def send(order_id: str, queue: str) -> None:
    """Queue an order."""
    pack.apply_async((order_id,), queue=queue)
