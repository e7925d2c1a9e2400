"""chatsite's one app. The path of a message, and the file of each step:

    browser: composer.js -> outbox.js -> socket.js        (static/chat/)
    1 consumers.py   one connection: receive and reply; knows no rules
    2 protocol.py    pure: text -> Command or ProtocolError; Event -> text
    3 rooms.py       Room.publish: who may say it, next into the batch
    4 storage/       one write and one fdatasync for the batch -> storage/<room>.json
    5 rooms.py       durable: one group_send for the whole batch
    6 fanout.py      encoded once, the same bytes to every connection
    browser: socket.js -> timeline.js -> message_view.js

Imports point only downwards in this list. Beside the path: names.py (what rooms and people may be called),
presence.py (who is here), markup.py (text to safe HTML when an event is encoded), identity.py (the signed
cookie), conf.py (every setting), checks.py (deployment mistakes), views.py and api.py (HTTP),
management/commands/ (the owner's tools). docs/architecture.md follows one message to the end.
"""
