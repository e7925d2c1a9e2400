#!/usr/bin/env bash
# Django 5.2.19: collectstatic puts hashed names into JavaScript imports only where the line ends in a semicolon.
#
# JavaScript does not need that semicolon, and many projects write none. With support_js_module_import_aggregation the
# import without one keeps the plain name: browsers go on using a cached, older file, and where both spellings occur
# they load the module twice, with two copies of its state. There is no warning.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages Django==5.2.19
seen=$(cd "$workspace" && observe <<'PYTHON'
import re
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command


class Storage(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True


Path("static").mkdir()
Path("static/state.js").write_text("export const state = {};\n")
Path("static/page.js").write_text('import {state as a} from "./state.js";\nimport {state as b} from "./state.js"\n')
settings.configure(
    INSTALLED_APPS=["django.contrib.staticfiles"],
    STATIC_URL="/static/",
    STATIC_ROOT="collected",
    STATICFILES_DIRS=["static"],
    STORAGES={"staticfiles": {"BACKEND": "__main__.Storage"}},
)
django.setup()
call_command("collectstatic", interactive=False, verbosity=0)
page = next(Path("collected").glob("page.*.js")).read_text()
print(*("hashed" if re.search(r"state\.\w+\.js", line) else "plain" for line in page.splitlines()), sep=", ")
PYTHON
)
verdict "hashed, hashed" "hashed, plain" "$seen"
