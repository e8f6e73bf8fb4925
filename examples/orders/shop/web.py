"""The shop's door: takes an order, answers 202 at once, and leaves the work to the workers."""

import os

from flask import Flask, Response, abort, jsonify, request, url_for
from kombu.exceptions import OperationalError

from shop import store, tasks

if store.version() != len(store.MIGRATIONS):
    raise SystemExit(f"{store.DATABASE} is not up to date; run: pyforeman run release")

app = Flask(__name__)


@app.get("/")
def door() -> Response:
    """Tell a visitor how to order."""
    order = """curl -H 'Content-Type: application/json' -d '{"item": "tea"}' """
    return Response(f"{order}{url_for('order', _external=True)}\n", mimetype="text/plain")


@app.post("/api/orders")
def order() -> tuple[Response, int, dict[str, str]]:
    """Take an order: {"item": "tea", "express": true, "engraved": true}, the last two as you like."""
    wanted = request.get_json()
    if not isinstance(wanted, dict) or not isinstance(wanted.get("item"), str):
        abort(400, "an order names its item")
    queue = tasks.DEFAULT
    if wanted.get("express"):
        queue = tasks.HIGH_PRIORITY
    if wanted.get("engraved"):
        queue = tasks.SLOW_JOBS
    order_id = store.place(wanted["item"], queue)
    try:
        tasks.send(order_id, queue)
    except OperationalError:  # no broker: the order is in the database, and is queued when it is back
        app.logger.warning("order %.8s: the broker is away", order_id)
    location = url_for("status", order_id=order_id)
    return jsonify(id=order_id, queue=queue, taken_by=os.environ.get("PS")), 202, {"Location": location}


@app.get("/api/orders/<order_id>")
def status(order_id: str) -> Response:
    """Tell what has become of an order."""
    found = store.find(order_id)
    if found is None:
        abort(404, "no such order")
    state = "waiting" if found.shipped_at is None else "shipped"
    return jsonify(id=found.id, item=found.item, queue=found.queue, state=state)


@app.get("/api/orders")
def statistics() -> Response:
    """Tell how many orders there are."""
    waiting, shipped = store.counts()
    return jsonify(waiting=waiting, shipped=shipped)
