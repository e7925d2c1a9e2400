"""chatsite's one app. The path of a message, and the file of each step:

    browser: composer.js -> outbox.js -> socket.js        (static/chat/)
    1 consumers.py   one connection: receive and reply; knows no rules
    2 protocol.py    pure: text -> Command or ProtocolError; Event -> text
    3 rooms.py       Room.publish: who may say it, next into the batch
    4 storage/       one write and one fdatasync for the batch -> storage/<room>.json
    5 feed.py        durable: one group_send for the whole batch, and nothing lost on the way
    6 fanout.py      encoded once, the same bytes to every connection
    browser: socket.js -> timeline.js -> message_view.js

A step calls only steps below it, and takes the words of the wire from protocol.py. Beside the path: hub.py (all rooms
of the process), routing.py, origin.py and address.py (the entrance), presence.py (who is here), limits.py (how fast,
how many), right_of_way.py (what is being said goes before pages), recent.py (the newest events in memory), events.py,
markup.py, marks.py and renderer.py (text to safe HTML when an event is encoded), names.py and lookalikes.py (what rooms
and people may be called, and what looks the same), identity.py and secret_key.py (the signed cookie), conf.py (every
setting), checks.py (deployment mistakes), middleware.py, views.py and api.py (HTTP), history/ and management/ (the
owner's commands).
docs/architecture.md follows one message to the end.
"""
