"""A Flask application whose view stops in the debugger: ``debugged.py PORT``."""

import logging
import sys

import flask

app = flask.Flask(__name__)
logging.getLogger("werkzeug").setLevel(logging.ERROR)


@app.get("/")
def index() -> str:
    answer = 6 * 7
    breakpoint()
    return f"the answer is {answer}\n"


if __name__ == "__main__":
    print("ready", flush=True)
    app.run(port=int(sys.argv[1]), threaded=False)
