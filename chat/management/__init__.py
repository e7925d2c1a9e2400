"""The management commands: export, import, clear and verify history, post a message, start a server.

owner_command.py is what the commands of the owner share: choosing rooms, output, exit codes, progress. A command parses
arguments and prints; what it does is in chat/history/. Here comes in what runs in a process of its own, beside the
server. Imports: history, wire, storage, text, conf; serve and runserver import the deployment, chatsite.
"""
