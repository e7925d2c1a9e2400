#!/usr/bin/env bash
# servestatic 4.4.0: a download that is resumed after the file has changed gets the tail of the new version.
#
# `If-Range` with the ETag of the old version asks for the range only if the file is still the same, and for all of the
# new file otherwise (RFC 9110, section 13.1.5). servestatic answers ranges and sends ETags, but ignores If-Range: the
# client joins the head of one version to the tail of another.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages servestatic==4.4.0
seen=$(observe <<'PYTHON'
import os
import tempfile
from pathlib import Path

from servestatic import ServeStatic


def get(folder, **headers):
    """One request, after a restart of the server."""
    application = ServeStatic(None, root=folder)
    answer = {}

    def start_response(status, fields):
        answer.update(fields, status=status)

    body = application({"PATH_INFO": "/data.txt", "REQUEST_METHOD": "GET", **headers}, start_response)
    return answer, b"".join(body).decode()


with tempfile.TemporaryDirectory() as folder:
    file = Path(folder, "data.txt")
    file.write_text("old old old")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    etag = get(folder)[0]["ETag"]
    file.write_text("new new new")
    answer, body = get(folder, HTTP_RANGE="bytes=4-", HTTP_IF_RANGE=etag)
print(f"{answer['status']}: {body}")
PYTHON
)
verdict "200 OK: new new new" "206 Partial Content: new new" "$seen"
