"""The files for several processes: what they say agrees with each other and with the settings."""

import re
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from chat.conf import SETTINGS, load
from chat.rooms import hub
from chatsite import server
from tests.support.live_server import PROJECT
from tests.support.proxies.caddy import Caddy

DEPLOY = PROJECT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
STOP_SECONDS = hub.DRAIN_SECONDS + hub.CLOSE_SECONDS + hub.STOP_SECONDS + server.SHUTDOWN_SECONDS


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def environment(service: str) -> dict[str, str]:
    """The settings that a service of the Compose file has if the owner sets nothing."""
    values = {name: str(value) for name, value in SERVICES[service]["environment"].items()}
    return {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for name, value in values.items()}


def test_without_the_profile_there_is_one_process_and_nothing_else() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["chatsite"]
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["scaled"]} == {
        *("web", "migrate", "postgres", "redis", "proxy")
    }


def test_the_processes_of_the_profile_share_database_redis_and_key() -> None:
    conf = load(environment("web"))
    assert conf.storage == "database"
    assert conf.database_url == "postgresql://chatsite@postgres/chatsite"
    assert conf.redis_url == "redis://redis:6379/0"
    assert environment("migrate") == environment("web")
    assert SERVICES["web"]["volumes"] == SERVICES["migrate"]["volumes"] == ["storage:/data"], "it has the key"


def test_a_password_of_the_database_may_have_any_signs() -> None:
    """Regression: it was a part of a URL, where some signs end it. The client library reads PGPASSWORD."""
    web, postgres = SERVICES["web"]["environment"], SERVICES["postgres"]["environment"]
    assert web["PGPASSWORD"] == postgres["POSTGRES_PASSWORD"]
    assert "PASSWORD" not in web["DATABASE_URL"]


def test_every_service_gets_every_setting() -> None:
    for name in ("chatsite", "web", "migrate"):
        settings = {*environment(name), "CHAT_STORAGE_DIR"} - {"PGPASSWORD"}
        assert settings == {setting.variable for setting in SETTINGS}, name


def test_the_database_is_ready_and_migrated_before_a_server_starts() -> None:
    assert SERVICES["migrate"]["command"] == ["python", "manage.py", "migrate"]
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["web"]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "redis": {"condition": "service_healthy"},
    }
    assert SERVICES["proxy"]["depends_on"] == ["web"]


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert COMPOSE["networks"]["back"] == {"internal": True}
    for name in ("web", "migrate", "postgres", "redis"):
        assert "ports" not in SERVICES[name]
    assert all(SERVICES[name]["networks"] == ["back"] for name in ("migrate", "postgres", "redis"))
    assert SERVICES["proxy"]["networks"] == ["front"]


def test_every_volume_and_file_of_the_services_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (DEPLOY / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"]


def test_a_container_is_given_the_time_to_drain() -> None:
    drain = load(environment("web")).drain_seconds
    assert drain > 0
    assert seconds(SERVICES["web"]["stop_grace_period"]) > drain + STOP_SECONDS
    assert seconds(SERVICES["chatsite"]["stop_grace_period"]) > STOP_SECONDS
    assert load(environment("chatsite")).drain_seconds == 0


def unit(name: str) -> dict[str, list[str]]:
    """The lines of a unit by their keys; some keys have several."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / name).read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_the_template_unit_is_the_unit_for_each_of_several_ports() -> None:
    one, each = unit("chatsite.service"), unit("chatsite@.service")
    assert {key for key in one.keys() | each.keys() if one.get(key) != each.get(key)} == {
        *("Description", "After", "Environment", "ExecStart", "TimeoutStopSec")
    }
    assert each["ExecStart"] == [one["ExecStart"][0].replace("8000", "%i")]
    assert "postgresql.service" in each["After"][0]
    (drain,) = [int(value.split("=")[1]) for value in each["Environment"] if value.startswith("CHAT_DRAIN_SECONDS")]
    assert drain > 0
    assert int(each["TimeoutStopSec"][0]) > drain + STOP_SECONDS


def test_the_unit_files_parse() -> None:
    for name in ("chatsite.service", "chatsite@.service"):
        parser = RawConfigParser(strict=False)
        parser.optionxform = str  # type: ignore[assignment, method-assign]
        parser.read(DEPLOY / name)
        assert parser.sections() == ["Unit", "Service", "Install"]


@pytest.mark.skipif(not Caddy.path(), reason="Caddy is not installed")
@pytest.mark.parametrize("name", ["Caddyfile", "Caddyfile.scaled"])
def test_caddy_accepts_the_files(name: str, tmp_path: Path) -> None:
    command = [str(Caddy.path()), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / name)]
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_proxy_of_the_profile_does_the_same_as_the_shipped_one() -> None:
    """But for the address of the site and of the processes."""
    shipped, scaled = (
        re.sub(r"[ \t]*#.*\n", "\n", (DEPLOY / name).read_text()) for name in ("Caddyfile", "Caddyfile.scaled")
    )
    processes = "reverse_proxy {\n\t\tdynamic a web 8000 {\n\t\t\trefresh 2s\n\t\t}"
    shipped = shipped.replace("reverse_proxy 127.0.0.1:8000 {", processes).replace("chat.example.org", "{$SITE::80}")
    assert shipped.split() == scaled.split()
