"""WebSockets of `manage.py serve`, from the socket to the consumer, without Twisted and without a task for each.

The front (chatsite/front.py) accepts a connection, and gives it to a leg here if it is a plain upgrade.

- parser.py      bytes to messages and control frames (RFC 6455); no I/O
"""
