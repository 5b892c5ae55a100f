"""Properties of every settings file: accepted settings make valid stacks, and every error names a key.

`HYPOTHESIS_PROFILE=thorough make test` tries many more files. Each bug that was found has an `@example`.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path

import pytest
import tomli_w
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from settings import KEPT_DAYS, KEY_ID, Settings, SettingsError, load, paths
from settings.values import RESERVED_DATABASE_NAMES
from tests.support.profile import THOROUGH
from tests.support.provider import terraform
from tests.support.synthesized import Json, system

SYNTHESES = 200 if THOROUGH else 3
ACCOUNT = "123456789012"

VARIABLE = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
LABEL = st.from_regex(r"[a-z]([a-z0-9]{0,3})", fullmatch=True)
SECRET = st.sampled_from(
    [
        f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:shop/api-AbCdEf",
        f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:shop/api-AbCdEf:key::",
        f"arn:aws:ssm:ap-southeast-5:{ACCOUNT}:parameter/shop/dsn",
    ]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
KEY = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
"""Keys that are short enough to be shown whole, even if each character is escaped."""
VALUE = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n"), max_size=40)
VALID: dict[str, st.SearchStrategy[object]] = {
    "app": LABEL,
    "region": st.sampled_from(["eu-central-1", "us-east-1", "ap-southeast-5"]),
    "domain": st.builds("{}.example.com".format, LABEL),
    "hosted_zone_id": st.from_regex("Z[A-Z0-9]{1,31}", fullmatch=True),
    "account_id": st.just(ACCOUNT),
    "role_arn": st.from_regex(
        rf"arn:aws:iam::{ACCOUNT}:role/([a-z_+][A-Z=,.@-]{{0,5}}/){{0,2}}[a-z0-9]{{1,9}}", fullmatch=True
    ),
    "permissions_boundary_arn": st.sampled_from([f"arn:aws:iam::{ACCOUNT}:policy/a/b", "arn:aws:iam::aws:policy/c"]),
    "aws_provider_versions": st.sampled_from(
        [">= 5.100.0, < 7.0.0", "~> 5.100", "5.100.0", ">=5.90,!=5.91.0", "~> 5, > 5.9"]
    ),
    "protect": st.booleans(),
    "customer_managed_key": st.booleans(),
    "tags": st.dictionaries(
        st.from_regex(r"[\w .:/=+@-]{1,127}", fullmatch=True),
        st.from_regex(r"[\w .:/=+@-]{0,255}", fullmatch=True),
        max_size=3,
    ),
    "state.backend": st.sampled_from(["local", "s3"]),
    "state.bucket": st.from_regex(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", fullmatch=True),
    "state.region": st.sampled_from(["eu-central-1", "us-east-1"]),
    "state.prefix": st.from_regex(r"[A-Za-z0-9_-][A-Z_.-]{0,9}(/[a-z0-9_-][a-z.-]{0,9}){0,2}", fullmatch=True),
    "state.kms_key_arn": st.from_regex(f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/({KEY_ID})", fullmatch=True),
    "network.cidr": st.builds("10.{}.0.0/{}".format, st.integers(0, 255), st.integers(16, 23)),
    "network.zones": st.integers(2, 6),
    "network.nat_gateways": st.integers(0, 6),
    "database.name": st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,62}", fullmatch=True).filter(
        lambda name: name.lower() not in RESERVED_DATABASE_NAMES
    ),
    "database.port": st.integers(1150, 65535),
    "database.engine_version": st.sampled_from([16, 17, 18]),
    "database.instance_class": st.sampled_from(["db.t4g.micro", "db.m7g.16xlarge"]),
    "database.storage_gib": st.integers(20, 65536),
    "database.multi_az": st.booleans(),
    "database.apply_immediately": st.booleans(),
    "database.redeploy_on_rotation": st.booleans(),
    "service.container_name": st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True),
    "service.container_port": st.integers(1, 65535),
    "service.cpu": st.sampled_from([256, 512, 1024, 16384]),
    "service.memory_mib": st.sampled_from([512, 1024, 2048, 4096, 32768, 122880]),
    "service.desired_count": st.integers(0, 5000),
    "service.health_check_path": st.from_regex("/[!-~]{0,40}", fullmatch=True),
    "service.grace_period_seconds": st.integers(0, 1_000),
    "service.health_check_interval_seconds": st.integers(6, 60),
    "service.health_check_timeout_seconds": st.integers(2, 5),
    "service.unhealthy_threshold": st.integers(2, 10),
    "service.container_health_check.command": st.lists(VALUE.filter(bool), min_size=1, max_size=2).map(
        lambda program: ["CMD", *program]
    ),
    "service.container_health_check.interval_seconds": st.integers(5, 60),
    "service.container_health_check.timeout_seconds": st.integers(2, 60),
    "service.container_health_check.retries": st.integers(1, 5),
    "service.container_health_check.start_period_seconds": st.integers(0, 300),
    "service.user": st.from_regex("[0-9]{1,9}(:[0-9]{1,9})?", fullmatch=True),
    "service.readonly_root_filesystem": st.booleans(),
    "service.ecs_exec": st.booleans(),
    "service.environment": st.dictionaries(VARIABLE, VALUE, max_size=3),
    "service.secrets": st.dictionaries(VARIABLE, SECRET, max_size=3),
    "logs.retention_days": st.sampled_from(KEPT_DAYS),
    "logs.flow_logs": st.booleans(),
    "logs.access_logs": st.booleans(),
    "pipeline.watch": st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,126}\*?", fullmatch=True) | st.just("*"),
    "pipeline.immutable_tags": st.booleans(),
    "pipeline.execution_mode": st.sampled_from(["SUPERSEDED", "QUEUED"]),
    "pipeline.build_compute": st.sampled_from(["EC2", "LAMBDA"]),
    **{
        f"{table}.principals": st.lists(
            st.from_regex(
                rf"arn:aws:iam::{ACCOUNT}:(role|user)/([a-z_+][A-Z=,.@-]{{0,5}}/){{0,2}}[a-z0-9]{{1,9}}", fullmatch=True
            ),
            min_size=1,
            max_size=3,
            unique=True,
        )
        for table in ("viewer", "operator")
    },
    **{
        f"{table}.{name}": strategy
        for table in ("ci", "push")
        for name, strategy in {
            "repository": st.sampled_from(["acme/shop", "acme@1/shop@2"]),
            "branch": st.from_regex("[A-Z0-9_][A-Za-z0-9_-]{0,9}(/[A-Za-z0-9_-]{1,9}){0,2}", fullmatch=True),
            "oidc_provider_arn": st.just(f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"),
        }.items()
    },
}
REQUIRED = {"app", "region", "domain"}
REQUIRED_OF_TABLES = {
    "ci.repository",
    "push.repository",
    "viewer.principals",
    "operator.principals",
    "service.container_health_check.command",
}
ANY = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEY, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def tables(draw: st.DrawFn, *, mistakes: bool) -> Json:
    """Draw an environment with all required and some optional settings. With mistakes, some values are arbitrary."""
    table: Json = {}
    for path in with_required(draw(st.sets(st.sampled_from(sorted(VALID))))):
        put(table, path, draw(VALID[path]))
    if "ci" in table:
        put(table, "state.backend", "s3")
        table.pop("role_arn", None)
        table.get("push", {}).pop("oidc_provider_arn", None)
    if table.get("state", {}).get("backend") == "s3":
        put(table, "state.bucket", draw(VALID["state.bucket"]))
    if "kms_key_arn" in table.get("state", {}):
        put(table, "state.region", "eu-central-1")
    let_agent_write(table)
    if "*" not in table.get("pipeline", {}).get("watch", ""):
        table.get("pipeline", {}).pop("immutable_tags", None)
    if mistakes:
        for path in draw(st.lists(st.sampled_from(sorted(paths())) | LABEL, min_size=1, max_size=3)):
            put(table, path, draw(ANY))
    return table


def with_required(drawn: set[str]) -> set[str]:
    """Add the required settings of the environment, and of each table that has a drawn setting."""
    needed = {path for path in REQUIRED_OF_TABLES if any(each.startswith(path.rpartition(".")[0]) for each in drawn)}
    return drawn | REQUIRED | needed


def let_agent_write(table: Json) -> None:
    """Make the root file system writable if ECS Exec is on."""
    if table.get("service", {}).get("ecs_exec"):
        table["service"]["readonly_root_filesystem"] = False


def put(table: Json, path: str, value: object) -> None:
    """Set the value at `path`, unless an outer key has a value that is not a table."""
    *outer, key = path.split(".")
    for name in outer:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            return
    table[key] = value


def read(content: bytes) -> tuple[list[Settings], list[str]]:
    """Return the environments of a settings file, or the lines of its errors."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "environments.toml"
        file.write_bytes(content)
        try:
            return load(file), []
        except SettingsError as error:
            return [], re.split(r"\n(?=environments\.toml: )", str(error))


def keys(table: Json, path: str = "") -> set[str]:
    """Return the path of every key in a table, as messages show it."""
    told = {key: key if key and key.isprintable() else json.dumps(key) for key in table}
    return {path + told[key] for key in table} | {
        inner for key, value in table.items() if isinstance(value, dict) for inner in keys(value, f"{path}{told[key]}.")
    }


def test_every_setting_is_drawn() -> None:
    parents = {path.rpartition(".")[0] for path in paths()}

    assert set(VALID) == set(paths()) - parents


@given(tables(mistakes=True), tables(mistakes=True))
@example({}, {"pipeline": {"": False}})
def test_every_error_names_a_key_of_the_file_or_a_missing_one(defaults: Json, table: Json) -> None:
    _, lines = read(tomli_w.dumps({"defaults": defaults, "dev": table}).encode())

    places = [f"defaults.{key}" for key in keys(defaults) | REQUIRED_OF_TABLES] + [
        f"dev.{key}" for key in keys(table) | set(paths())
    ]
    for line in lines:
        assert line.startswith(tuple(f"environments.toml: {place}: " for place in places))


@given(st.binary() | TEXT.map(str.encode))
@example(b"a = nan")
@example(b"[a]\n[a.b]\nc=1979-05-27T07:32:00Z")
@example(b"a = " + b"[" * 100_000)
@example(b"[defaults]\n" + b"a." * 5_000 + b"a = 1\n[dev]\n" + b"a." * 5_000 + b"b = 1")
@example(b"[dev]\nnetwork.zones." + b"a." * 5_000 + b"a = 1")
@example(b"[dev]\nservice.environment.'" + b"-" * 10_000 + b"' = 1")
@example(b"['" + b"-" * 10_000 + b"']\napp = '" + b"x" * 100_000 + b"'")
def test_any_file_is_either_read_or_refused(content: bytes) -> None:
    environments, lines = read(content)

    assert bool(environments) != bool(lines)
    assert all(line.startswith("environments.toml: ") and len(line) < 1_200 for line in lines)


@pytest.mark.slow
@pytest.mark.provider
@settings(
    max_examples=SYNTHESES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(tables(mistakes=False))
def test_accepted_settings_make_stacks_that_terraform_validates(provider: Path, table: Json) -> None:
    environments, _ = read(tomli_w.dumps({"dev": table}).encode())
    assume(environments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        system(folder, environments[0])
        shutil.copytree(provider / ".terraform", folder / ".terraform", symlinks=True)
        shutil.copy(provider / ".terraform.lock.hcl", folder)
        stacks = sorted(path.name for path in (folder / "stacks").iterdir())
        (folder / "main.tf.json").write_text(
            json.dumps({"module": {stack: {"source": f"./stacks/{stack}"} for stack in stacks}}), encoding="utf-8"
        )
        for command in (["get"], ["validate"]):
            answer = terraform(folder, *command, "-no-color")
            assert answer.returncode == 0, answer.stdout + answer.stderr
