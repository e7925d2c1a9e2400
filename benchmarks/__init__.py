"""Programs that measure chatsite and its peers in the same run: `python -m benchmarks --help`.

    loader/, load.py     the load generator: many WebSocket clients in one C program, and the module that starts it
    peers/               the servers that are compared, and their programs
    server.py            starts one of them as a process, pinned to a core
    parts/               what is measured: fan-out, receiving, connecting and memory, history, storage, the effect of
                         floods and stalled readers on other clients, and the page in a browser
    chromium.py          the browser: a reader on a slow link
    flood_client.py      the flooding client, and stalled_clients.py the stalled readers, as processes
    report.py            medians and tables; claims.py: the claims that a run checks; plot.py: the plot
    profile.py           a program of its own: where the CPU time of the server goes
    frame_compression.py a program of its own: what compressed WebSocket frames would save and cost
    markup.py            a program of its own: the cost of rendering one message, also beside other renderers
                         (markup_times.py)

Every figure in docs/speed.md has a file in results/ with the date, machine and versions of its run.
"""
