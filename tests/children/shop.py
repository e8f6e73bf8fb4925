"""A small Flask app for gunicorn: / tells who answers, /slow takes a second."""

import os
import time

from flask import Flask

app = Flask(__name__)


@app.get("/")
def home() -> str:
    return f"{os.environ['PS']} on {os.environ['PORT']}"


@app.get("/slow")
def slow() -> str:
    print("slow request in hand", flush=True)
    time.sleep(1)  # the work of the request
    print("slow request done", flush=True)
    return "done"
