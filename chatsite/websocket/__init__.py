"""WebSockets of `manage.py serve`, from the socket to the consumer, without Twisted and without a task for each.

The front (chatsite/front.py) accepts a connection, and makes it a leg if it begins with a plain upgrade.

- bounds.py      what a client may send
- parser.py      bytes to messages and control frames (RFC 6455); no I/O
- handshake.py   the head of an upgrade, and its answer; no I/O
- poller.py      one epoll for all sockets
- consumer.py    what takes the messages
- leg.py         one WebSocket: what is received, in turns and within its bounds
- sender.py      what is sent on it, up to its end
- legs.py        all of them: what they share, and pings
"""
