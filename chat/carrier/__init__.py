"""The channel layer that carries events between processes, on the pub/sub of Redis or Valkey.

redis_layer.py is what CHANNEL_LAYERS names. local_channels.py delivers inside this process; outbox.py publishes,
subscriptions.py receives, each on one connection of server.py; outage.py says when Redis is gone, and when it is back.
It may lose messages and says when it may have been deaf: chat/rooms reads from storage what is missing.
This package imports redis, and of chat nothing.
"""

from chat.carrier.redis_layer import RedisLayer

__all__ = ["RedisLayer"]
