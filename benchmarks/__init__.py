"""Programs that measure chatsite against its peers in the same run: `python -m benchmarks --help`.

    loader/, load.py   many WebSocket clients in one C program, and the way to start it
    peers/             the servers that are compared, and the programs behind them
    server.py          one of them as a process, pinned to a core, while it is measured
    parts/             what is measured: fan-out, receiving, connecting and memory, history, storage, and what
                       floods and stalled readers do to the others
    report.py          medians, ratios and tables; claims.py: what the README may say; plot.py: its picture
    markup.py          a program of its own: what rendering one message costs

Every figure in the README comes from a file in results/, which says when, where and with what it was measured.
"""
