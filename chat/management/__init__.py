"""The management commands: export, import, clear, compact and verify history, post a message, start a server.

owner_command.py is what the commands of the owner share: choosing rooms, output, exit codes, progress.
backup_options.py adds copies and questions, room_choice.py finds a room by its address or name. A command parses
arguments and prints; what it does is in chat/history/.
This package holds code that runs in a process beside the server. It may import history, wire, storage, text and conf;
serve and runserver start the deployment, chatsite.
"""
