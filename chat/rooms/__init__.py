"""The open rooms of this process: their connections, people and events.

hub.py creates and owns the parts, open_rooms.py opens and closes rooms, room.py is one room. A message passes
publisher.py, group_commit.py, batch_writer.py (in a thread of storage_pool.py), batch_announcer.py, channel_group.py
and feed.py, in a task only where it waits (eager_task.py). Joining and resuming: replay.py, welcome.py.
early_batches.py, look.py, carrier.py, process_group.py, processes.py and rosters.py are for several processes.
room_news.py tells people what changes in other rooms, directory.py lists all of them, name_claims.py keeps two from one
name. batch_priority.py lets message batches run before pages, history_renderer.py shares rendering between addresses.
This package holds code that keeps state between frames and knows neither HTTP requests nor ASGI scopes. It may import
entrance, wire, storage, text and conf.
"""
