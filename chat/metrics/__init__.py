"""What is counted for Prometheus, and its text format: docs/metrics.md lists every metric.

The parts of the server add to the module-level objects of `counted`; nothing is computed before somebody reads
/metrics. `kinds` has the classes, `exposition` the text format, `process` what the system knows about this process.
The gauges of the rooms are read in chat/rooms/gauges.py, and chat/views/metrics.py answers. No label may hold a room's
name, a person's name or an address.
"""
