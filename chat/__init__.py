"""chatsite's one app. A message passes these files, in this order:

    browser: view/composer.js, net/delivery.js, model/outbox.js, net/socket.js            (static/chat/)
    1 consumers.py               one connection: receives a frame
    2 wire/commands.py           decodes and checks it: text -> Command or ProtocolError
    3 rooms/room.py              hands it to the part that carries it out
      rooms/publisher.py         makes a draft of it, for the next batch
      rooms/group_commit.py      carries the batch to a storage thread
    4 rooms/batch_writer.py      there: stored first, then rendered and encoded (wire/events.py)
      storage/json_files/log.py  ids, one write and one fdatasync -> storage/<room>.json
    5 rooms/batch_announcer.py   back on the event loop: stored, or refused
      rooms/channel_group.py     one group_send for the batch, to every process
      rooms/feed.py              in order, without gaps
    6 wire/fanout.py             the same bytes to every connection
    browser: net/socket.js, net/frame_handlers.js, model/timeline.js, view/message_view.js

The packages, from top to bottom; each imports only from itself and from lower ones (tests/test_layers.py;
the commands serve and runserver start the deployment, chatsite):

    the root    what Django and Channels look for (apps, urls, middleware, routing, consumers), checks.py
    views/      HTTP: pages, forms, errors, the API
    rooms/      the open rooms of this process        management/   the commands
    entrance/   origin, address, limits, identity     history/      what the owner's commands do
    search/     finding words in what was said         carrier/      channel layers: of this process, over Redis
    wire/       protocol, events, fan-out
    storage/    the interface, the JSON files, and the database
    text/       markup, names       metrics/  counters       conf.py       every setting

docs/architecture.md follows one message to the end.
"""
