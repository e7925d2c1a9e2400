"""The wire: what clients and server send each other over a WebSocket.

protocol.py has every command and event, the error and close codes, and is pure; events.py turns stored records into
events; fanout.py writes frames to connections. Here comes in what depends on the protocol and not on a room's state.
Imports: storage, text, conf.
"""
