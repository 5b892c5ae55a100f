"""What a user may set, read from environments.toml and refused early, in the user's words."""

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

NAME_LIMIT = 26
"""Characters of `<app>-<environment>`: an S3 bucket prefix takes 37, and `-artifacts-` is 11 of them."""

RESERVED_PREFIXES = ("amzn-s3-demo-", "internal-", "sthree-")
"""What S3 keeps for itself at the start of a bucket's name, and Elastic Load Balancing at that of a load balancer's.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
"""

MEMORY_MIB_BY_CPU = {
    256: [512, 1024, 2048],
    512: [1024 * gib for gib in range(1, 5)],
    1024: [1024 * gib for gib in range(2, 9)],
    2048: [1024 * gib for gib in range(4, 17)],
    4096: [1024 * gib for gib in range(8, 31)],
    8192: [1024 * gib for gib in range(16, 61, 4)],
    16384: [1024 * gib for gib in range(32, 121, 8)],
}
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size"""

RESERVED_VARIABLES = frozenset({"DB_HOST", "DB_NAME", "DB_PASSWORD", "DB_PORT", "DB_USER"})
"""What the service gives the container by itself."""


class SettingsError(Exception):
    """Every error of a settings file, a line each."""


def _domain(value: str) -> str:
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    # ACM takes 64 octets for a certificate's domain name:
    # https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    if len(value) > 64 or not re.fullmatch(rf"({label}\.)+[a-z]{{2,63}}", value):
        raise ValueError("must be a domain name in lower case with at least one dot, at most 64 characters")
    return value


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"must be an IPv4 block such as 10.0.0.0/16 ({error})") from None
    # Sixteen subnets are cut from it, and a load balancer wants /27 or larger:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
    if not 16 <= network.prefixlen <= 23:
        raise ValueError("must be between /16 and /23")
    if value != str(network):
        raise ValueError(f"must be written as {network}")
    return value


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("must be letters, digits and _, no digit first")
    if name in RESERVED_VARIABLES:
        raise ValueError("must be another name: the database sets this one")
    return name


def _literal(value: str) -> str:
    # https://developer.hashicorp.com/terraform/language/expressions/strings#string-templates
    if "${" in value or "%{" in value:
        raise ValueError("must hold neither ${ nor %{, which Terraform would take for a reference")
    return value


def _cpu(value: int) -> int:
    if value not in MEMORY_MIB_BY_CPU:
        raise ValueError(f"must be one of {', '.join(map(str, MEMORY_MIB_BY_CPU))}")
    return value


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NetworkSettings(_Table):
    """The VPC and its subnets."""

    cidr: Annotated[str, AfterValidator(_cidr)] = "10.0.0.0/16"
    zones: Annotated[int, Field(ge=2, le=6)] = 2


class DatabaseSettings(_Table):
    """The PostgreSQL instance.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,62}$")] = "app"
    port: Annotated[int, Field(ge=1150, le=65535)] = 5432
    instance_class: Annotated[str, StringConstraints(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = "db.t4g.micro"
    storage_gib: Annotated[int, Field(ge=20, le=65536)] = 20


class ServiceSettings(_Table):
    """The container and how Fargate runs it."""

    # Narrower than what ECS takes (255 characters, upper case too): it travels through a shell and a JSON file.
    container_name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] = "app"
    container_port: Port = 3000
    cpu: Annotated[int, AfterValidator(_cpu)] = 256
    memory_mib: Annotated[int, Field(validate_default=True)] = 1024
    grace_period_seconds: Annotated[int, Field(ge=0, le=2_147_483_647)] = 60
    unhealthy_threshold: Annotated[int, Field(ge=2, le=10)] = 10
    environment: dict[Annotated[str, AfterValidator(_variable)], Annotated[str, AfterValidator(_literal)]] = {}

    @field_validator("memory_mib")
    @classmethod
    def _pairs_with_cpu(cls, value: int, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if cpu and value not in (sizes := MEMORY_MIB_BY_CPU[cpu]):
            raise ValueError(f"must be one of {', '.join(map(str, sizes))} with cpu {cpu}")
        return value


class PipelineSettings(_Table):
    """What starts a deployment."""

    image_tag: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")] = "latest"


class Settings(_Table):
    """One environment: frozen, and valid from the moment it exists."""

    environment: Name
    app: Name
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    domain: Annotated[str, AfterValidator(_domain)]
    protect: bool = True
    network: NetworkSettings = NetworkSettings()
    database: DatabaseSettings = DatabaseSettings()
    service: ServiceSettings = ServiceSettings()
    pipeline: PipelineSettings = PipelineSettings()

    @property
    def name(self) -> str:
        """`<app>-<environment>`, the name of the system and the prefix of its parts' names."""
        return f"{self.app}-{self.environment}"

    @field_validator("app")
    @classmethod
    def _fits(cls, value: str, info: ValidationInfo) -> str:
        name = f"{value}-{info.data.get('environment', '')}"
        if name.startswith(RESERVED_PREFIXES):
            raise ValueError(f"must not make names that begin with {', '.join(RESERVED_PREFIXES)}")
        if len(name) > NAME_LIMIT:
            raise ValueError(f"must make names of at most {NAME_LIMIT} characters, {name} has {len(name)}")
        return value


def load(path: Path) -> list[Settings]:
    """Every environment of a settings file, in the file's order.

    Raises SettingsError with all the errors of the file, each with its place.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path.name}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name}: is no TOML: {error}") from None

    environments: list[Settings] = []
    errors: list[str] = [] if tables else ["has no environment: write a table such as [dev]"]
    for name, table in tables.items():
        if not isinstance(table, dict):
            errors.append(f"{name}: stands outside of an environment: move it below a table such as [dev]")
            continue
        if "environment" in table:
            errors.append(f"{name}.environment: is no setting")
        try:
            environments.append(Settings.model_validate({**table, "environment": name}))
        except ValidationError as error:
            errors += [_in_words(name, dict(detail)) for detail in error.errors()]
    if errors:
        raise SettingsError("\n".join(f"{path.name}: {line}" for line in errors))
    return environments


def _in_words(environment: str, error: dict[str, Any]) -> str:
    # The environment's name is no key in its table, and pydantic marks a bad key of a table.
    parts = [part for part in error["loc"] if part != "[key]"] if error["loc"] != ("environment",) else []
    place = ".".join([environment, *map(str, parts)])
    match error["type"]:
        case "extra_forbidden":
            return f"{place}: is no setting"
        case "missing":
            return f"{place}: is required"
        case "model_type" | "dict_type":
            fault = "must be a table"
        case "string_pattern_mismatch":
            fault = f"must match {error['ctx']['pattern']}"
        case "value_error":
            fault = str(error["ctx"]["error"])
        case _:
            fault = error["msg"].replace("Input should", "must")
    return f"{place}: {fault}, got {error['input']!r}"
