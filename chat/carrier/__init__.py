"""The channel layers: they carry events to the groups of this process, and over Redis or Valkey to other processes.

local_layer.py and redis_layer.py are what CHANNEL_LAYERS names. local_channels.py delivers inside this process. For
Redis outbox.py publishes, subscriptions.py receives, each on one connection of server.py; outage.py says when Redis is
gone, and when it is back. It may lose messages and says when it may have been deaf: chat/rooms reads from storage what
is missing. This package imports redis, in redis_layer.py and below it, and of chat nothing.
"""
