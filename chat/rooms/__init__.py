"""What lives in this process: the open rooms, their connections, people and events.

hub.py is the whole, open_rooms.py the registry, room.py one room. A message passes publisher.py, group_commit.py,
batch_writer.py (in storage_thread.py), batch_announcer.py, subscription.py and feed.py. Joining and resuming: replay.py
and welcome.py. Scheduling: batch_priority.py lets message batches go before pages, renderer.py shares the rendering of
history fairly between addresses; rates are limited in chat/entrance/. Here comes in what keeps state between frames and
knows no HTTP request and no ASGI scope. Imports: entrance, wire, storage, text, conf.
"""
