"""The wire: what clients and server send each other over a WebSocket.

commands.py has the frames of clients, protocol.py those of the server, errors.py the error and close codes, and all are
pure; message_text.py has the rules for the text of a message; events.py turns stored records into events; fanout.py
writes frames to connections.
This package holds code that depends on the protocol and not on a room's state. It may import storage, text and conf.
"""
