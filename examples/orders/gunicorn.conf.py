"""What gunicorn does in every deploy; what differs between them, the port, is in the Procfile.

The log is a stream on stdout, and whoever runs us adds the time.
"""

preload_app = True  # what the app has to say against a start, it says once, and gunicorn ends
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s in %(M)s ms"
control_socket_disable = True
logconfig_dict = {
    "root": {"level": "INFO", "handlers": ["console"]},
    "loggers": {"gunicorn.error": {"propagate": True}, "gunicorn.access": {"propagate": True}},
    "formatters": {"generic": {"format": "%(message)s"}},
}
