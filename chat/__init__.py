"""chatsite's one app. The path of a message, and the file of each step:

    browser: view/composer.js -> net/delivery.js, model/outbox.js -> net/socket.js        (static/chat/)
    1 consumers.py               one connection: receives frames, replies
    2 wire/protocol.py           pure: text -> Command or ProtocolError; Event -> text
    3 rooms/room.py              publisher.py: into the next batch; group_commit.py: the batch to the storage thread
    4 rooms/batch_writer.py      storage/: one write and one fdatasync for the batch -> storage/<room>.json
    5 rooms/batch_announcer.py   subscription.py: one group_send for the batch; feed.py: in order, without gaps
    6 wire/fanout.py             encoded once, the same bytes to every connection
    browser: net/socket.js -> net/session.js -> model/timeline.js -> view/message_view.js

A step calls only steps below it. The wings, from top to bottom; a file imports from its own wing and from lower ones
(tests/test_layers.py):

    the root    what Django and Channels look for (apps, urls, middleware, routing, consumers), checks.py, conf.py
    views/      HTTP: pages, forms, errors, the API
    rooms/      the open rooms of this process        management/   the commands
    entrance/   origin, address, limits, identity     history/      what the owner's commands do
    wire/       protocol, events, fan-out
    storage/    the interface, and the JSON files
    text/       markup, names                         conf.py       every setting

docs/architecture.md follows one message to the end.
"""
