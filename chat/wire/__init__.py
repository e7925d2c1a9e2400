"""The wire: what clients and server send each other over a WebSocket.

protocol.py has every command and frame, errors.py the error and close codes, and both are pure; message_text.py has
the rules for the text of a message; events.py turns stored records into events; fanout.py writes frames to connections.
This package holds code that depends on the protocol and not on a room's state. It may import storage, text and conf.
"""
