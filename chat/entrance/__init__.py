"""Admission: which clients may connect, from where, as whom, and at which rate.

origin.py refuses WebSockets from pages of other sites; address.py finds a client's address behind proxies; limits.py
has the rate limits of connections and addresses, token_bucket.py the algorithm, loop_clock.py the time; identity.py is
the signed cookie, secret_key.py its key; language.py finds the language of a connection. Accounts and permissions will
go here.
This package holds code that decides before a room is involved. It may import wire, storage, text and conf.
"""
