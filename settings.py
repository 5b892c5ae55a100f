"""What a user may set, read from environments.toml and refused early, in the user's words."""

import ipaddress
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

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

KEPT_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

RESERVED_VARIABLES = frozenset({"DB_HOST", "DB_NAME", "DB_PASSWORD", "DB_PORT", "DB_USER"})
"""What the service gives the container by itself."""

RESERVED_TAGS = frozenset({"app", "environment", "managed-by"})
"""What every stack gives its resources by itself."""

TAG_LIMIT = 50
"""Tags of one resource.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
"""

DEFAULTS = "defaults"
"""The table that all environments share."""

ACCOUNT_ID = "[0-9]{12}"
REGION = "[a-z]{2}(-[a-z]+)+-[0-9]"
# An ARN may end in the key within the secret, its stage and its version:
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
SECRET_ARN = (
    rf"arn:aws[a-z-]*:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:[A-Za-z0-9/_+=.@-]+(:[^:$%]*:[^:$%]*:[^:$%]*)?"
)
PARAMETER_ARN = rf"arn:aws[a-z-]*:ssm:{REGION}:{ACCOUNT_ID}:parameter/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*"
# https://developer.hashicorp.com/terraform/language/expressions/version-constraints
VERSION = r"(=|!=|>|>=|<|<=|~>)? *[0-9]+(\.[0-9]+){0,2}"


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


def _tag(name: str) -> str:
    if name in RESERVED_TAGS:
        raise ValueError("must be another name: every stack sets this one")
    if name.lower().startswith("aws:"):
        raise ValueError("must not begin with aws:, which AWS keeps for itself")
    return name


def _secret(arn: str) -> str:
    if not re.fullmatch(f"{SECRET_ARN}|{PARAMETER_ARN}", arn):
        raise ValueError("must be the full ARN of a Secrets Manager secret or of an SSM parameter")
    return arn


def _one_of(values: Collection[int]) -> AfterValidator:
    """Refuse what is none of the values."""

    def check(value: int) -> int:
        if value not in values:
            raise ValueError(f"must be one of {', '.join(map(str, values))}")
        return value

    return AfterValidator(check)


def _in_the_form_of(pattern: str, words: str) -> AfterValidator:
    """Refuse what does not match the pattern as a whole, and say in words what is wanted."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {words}")
        return value

    return AfterValidator(check)


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Variable = Annotated[str, AfterValidator(_variable)]
AccountId = Annotated[str, _in_the_form_of(ACCOUNT_ID, "the 12 digits of an AWS account")]
ZoneId = Annotated[str, _in_the_form_of("Z[A-Z0-9]{1,31}", "the id of a hosted zone such as Z0123456789ABCDEFGHIJ")]
RoleArn = Annotated[
    str,
    _in_the_form_of(
        rf"arn:aws[a-z-]*:iam::{ACCOUNT_ID}:role/[A-Za-z0-9_+=,.@/-]+",
        "the ARN of a role such as arn:aws:iam::123456789012:role/deploy",
    ),
]
# As Terraform's backend has it, too: a UUID, or the id of a multi-Region key.
# https://docs.aws.amazon.com/kms/latest/developerguide/concepts-key-id.html
KEY_ID = "[a-f0-9]{8}-[a-f0-9]{4}-[1-5][a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}|mrk-[a-f0-9]{32}"
KeyArn = Annotated[
    str,
    _in_the_form_of(
        rf"arn:aws[a-z-]*:kms:{REGION}:{ACCOUNT_ID}:key/({KEY_ID})",
        "the ARN of a KMS key such as arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab",
    ),
]
# A dot in a bucket's name breaks TLS to it:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[
    str,
    _in_the_form_of("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "3 to 63 lower-case letters, digits and -, no - first or last"),
]
OidcProviderArn = Annotated[
    str,
    _in_the_form_of(
        rf"arn:aws[a-z-]*:iam::{ACCOUNT_ID}:oidc-provider/token\.actions\.githubusercontent\.com",
        "an ARN such as arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    ),
]
# With their ids in the tokens of repositories made or renamed since 2026-07-15, or that have opted in:
# https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
REPOSITORY = "[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}|[A-Za-z0-9-]{1,39}@[0-9]+/[A-Za-z0-9._-]{1,100}@[0-9]+"
KeyPrefix = Annotated[
    str, _in_the_form_of("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*", "letters, digits and _.-/, no / first or last")
]
TagName = Annotated[
    str,
    _in_the_form_of("[A-Za-z0-9 _.:/=+@-]{1,128}", "1 to 128 letters, digits, spaces and _.:/=+@-"),
    AfterValidator(_tag),
]
TagValue = Annotated[
    str, _in_the_form_of("[A-Za-z0-9 _.:/=+@-]{0,256}", "at most 256 letters, digits, spaces and _.:/=+@-")
]
Region = Annotated[str, StringConstraints(pattern=f"^{REGION}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
User = Annotated[
    str, _in_the_form_of("[0-9]{1,9}(:[0-9]{1,9})?", "the number of a user, or of a user and a group such as 1000:1000")
]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NetworkSettings(_Table):
    """The VPC and its subnets."""

    cidr: Annotated[str, AfterValidator(_cidr)] = "10.0.0.0/16"
    zones: Annotated[int, Field(ge=2, le=6)] = 2
    nat_gateways: Annotated[int, Field(ge=0)] = 1

    @field_validator("nat_gateways")
    @classmethod
    def _one_per_zone_at_most(cls, value: int, info: ValidationInfo) -> int:
        if value > (zones := info.data.get("zones", value)):
            raise ValueError(f"must be at most one per zone, which is {zones}")
        return value


class DatabaseSettings(_Table):
    """The PostgreSQL instance.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,62}$")] = "app"
    port: Annotated[int, Field(ge=1150, le=65535)] = 5432
    instance_class: Annotated[str, StringConstraints(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = "db.t4g.micro"
    storage_gib: Annotated[int, Field(ge=20, le=65536)] = 20
    multi_az: bool = False
    redeploy_on_rotation: bool = True


class ServiceSettings(_Table):
    """The container and how Fargate runs it."""

    # Narrower than what ECS takes (255 characters, upper case too): it travels through a shell and a JSON file.
    container_name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] = "app"
    container_port: Port = 3000
    cpu: Annotated[int, _one_of(MEMORY_MIB_BY_CPU)] = 256
    memory_mib: Annotated[int, Field(validate_default=True)] = 1024
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    desired_count: Annotated[int, Field(ge=0, le=5000)] = 1
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    health_check_path: Annotated[
        str,
        _in_the_form_of("/[!-~]{0,1023}", "a path such as /health, at most 1024 characters"),
        AfterValidator(_literal),
    ] = "/"
    grace_period_seconds: Annotated[int, Field(ge=0, le=2_147_483_647)] = 60
    unhealthy_threshold: Annotated[int, Field(ge=2, le=10)] = 10
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    user: User = "1000:1000"
    readonly_root_filesystem: bool = True
    environment: dict[Variable, Annotated[str, AfterValidator(_literal)]] = {}
    secrets: dict[Variable, Annotated[str, AfterValidator(_secret)]] = {}

    @field_validator("memory_mib")
    @classmethod
    def _pairs_with_cpu(cls, value: int, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if cpu and value not in (sizes := MEMORY_MIB_BY_CPU[cpu]):
            raise ValueError(f"must be one of {', '.join(map(str, sizes))} with cpu {cpu}")
        return value

    @field_validator("secrets")
    @classmethod
    def _are_no_plain_variables(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if both := sorted(value.keys() & info.data.get("environment", {}).keys()):
            raise ValueError(f"must not name what environment names too ({', '.join(both)})")
        return value


class LogSettings(_Table):
    """What is logged beside the container's output and the build's, and how long logs are kept."""

    retention_days: Annotated[int, _one_of(KEPT_DAYS)] = 30
    flow_logs: bool = True
    access_logs: bool = True


class PipelineSettings(_Table):
    """What starts a deployment."""

    image_tag: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")] = "latest"


class StateSettings(_Table):
    """Where Terraform keeps what it knows of the stacks.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """

    backend: Literal["local", "s3"] = "local"
    bucket: Annotated[BucketName | None, Field(validate_default=True)] = None
    region: Region | None = None
    prefix: KeyPrefix | None = None
    kms_key_arn: KeyArn | None = None

    @field_validator("bucket")
    @classmethod
    def _is_given_for_s3(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("backend") == "s3" and not value:
            raise ValueError("must be the name of a bucket where backend is s3")
        return value


class CiSettings(_Table):
    """The GitHub repository whose workflows may look at the environment and deploy it.

    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """

    repository: Annotated[
        str,
        _in_the_form_of(REPOSITORY, "a GitHub repository as its tokens name it: owner/name or owner@id/name@id"),
    ]
    branch: Annotated[
        str, _in_the_form_of("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", "a branch of letters, digits and ._-/")
    ] = "main"
    oidc_provider_arn: OidcProviderArn | None = None


class Settings(_Table):
    """One environment: frozen, and valid from the moment it exists."""

    environment: Name
    app: Name
    region: Region
    domain: Annotated[str, AfterValidator(_domain)]
    hosted_zone_id: ZoneId | None = None
    account_id: AccountId | None = None
    role_arn: RoleArn | None = None
    aws_provider_versions: Annotated[
        str, _in_the_form_of(f"{VERSION}(, *{VERSION})*", "version constraints such as >= 5.100.0, < 7.0.0")
    ] = ">= 5.100.0, < 7.0.0"
    tags: dict[TagName, TagValue] = {}
    protect: bool = True
    customer_managed_key: bool = False
    state: StateSettings = StateSettings()
    network: NetworkSettings = NetworkSettings()
    database: DatabaseSettings = DatabaseSettings()
    service: ServiceSettings = ServiceSettings()
    logs: LogSettings = LogSettings()
    pipeline: PipelineSettings = PipelineSettings()
    ci: CiSettings | None = None

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

    @field_validator("tags")
    @classmethod
    def _leave_room(cls, value: dict[str, str]) -> dict[str, str]:
        if len(value) > (room := TAG_LIMIT - len(RESERVED_TAGS)):
            raise ValueError(f"must be at most {room}, there are {len(value)}")
        return value

    @field_validator("role_arn")
    @classmethod
    def _is_of_the_account(cls, value: str | None, info: ValidationInfo) -> str | None:
        account = info.data.get("account_id")
        if value and account and value.split(":")[4] != account:
            raise ValueError(f"must be a role of the account_id {account}")
        return value

    @field_validator("ci")
    @classmethod
    def _can_work_there(cls, value: CiSettings | None, info: ValidationInfo) -> CiSettings | None:
        state = info.data.get("state")
        if value and state and state.backend != "s3":
            raise ValueError("must not be set unless state.backend is 's3': a workflow's machine keeps no state")
        if value and info.data.get("role_arn"):
            raise ValueError("must not be set together with role_arn: what a workflow may do is its own role's matter")
        return value


def paths(model: type[_Table] = Settings, prefix: str = "") -> Iterator[str]:
    """Every setting, and every table of settings, as the file names it: `database`, `database.port`."""
    for name, field in model.model_fields.items():
        if (model, name) == (Settings, "environment"):
            continue
        yield prefix + name
        for kind in get_args(field.annotation) or [field.annotation]:
            if isinstance(kind, type) and issubclass(kind, _Table):
                yield from paths(kind, f"{prefix}{name}.")


def load(path: Path) -> list[Settings]:
    """Every environment of a settings file, in the file's order.

    What an environment does not say, the table `[defaults]` says for all, key by key. Raises SettingsError with all
    the errors of the file, each with its place.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path.name}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{path.name}: is no TOML: {error}") from None

    errors = [
        f"{name}: stands outside of an environment: move it below a table such as [dev]"
        for name, table in tables.items()
        if not isinstance(table, dict)
    ]
    tables = {name: table for name, table in tables.items() if isinstance(table, dict)}
    defaults = tables.pop(DEFAULTS, {})
    if not tables:
        errors.append("has no environment: write a table such as [dev]")
    environments: list[Settings] = []
    for name, table in tables.items():
        merged = _merged(defaults, table)
        try:
            environments.append(Settings.model_validate({**merged, "environment": name}))
        except ValidationError as error:
            errors += [_in_words(name, table, defaults, dict(detail)) for detail in error.errors()]
        if "environment" in merged:
            errors.append(f"{name}.environment: is no setting: the table's name is the environment's")
    errors += _shared(environments)
    if errors:
        # An error of the defaults is one of every environment.
        raise SettingsError("\n".join(f"{path.name}: {line}" for line in dict.fromkeys(errors)))
    return environments


def find(path: Path, environment: str) -> Settings:
    """One environment of a settings file; raises SettingsError with those that there are."""
    known = {settings.environment: settings for settings in load(path)}
    if environment not in known:
        raise SettingsError(f"{path.name}: has no environment {environment}, only {', '.join(known)}")
    return known[environment]


def _merged(defaults: Mapping[str, Any], table: Mapping[str, Any], *, inner: int = 2) -> dict[str, Any]:
    """The table, and of the defaults what it does not say; tables within both likewise, as deep as settings go."""
    merged = {**defaults, **table}
    for key in defaults.keys() & table.keys():
        if inner and isinstance(defaults[key], dict) and isinstance(table[key], dict):
            merged[key] = _merged(defaults[key], table[key], inner=inner - 1)
    return merged


def _shared(environments: list[Settings]) -> Iterator[str]:
    """What two environments may not have in common, since AWS has it once."""
    for index, later in enumerate(environments):
        for earlier in environments[:index]:
            if later.name == earlier.name:
                place, other = f"{later.environment}.app", earlier.environment
                yield f"{place}: must make another name than that of {other}, got {later.app!r} for {later.name}"
            elif f"{later.name}-".startswith(f"{earlier.name}-") or f"{earlier.name}-".startswith(f"{later.name}-"):
                # What belongs to a system is known by what its name begins with.
                place, other = f"{later.environment}.app", earlier.environment
                yield f"{place}: must make no name that begins as that of {other}, got {later.app!r} for {later.name}"
            if later.domain == earlier.domain:
                place, other = f"{later.environment}.domain", earlier.environment
                yield f"{place}: must be another than that of {other}, got {later.domain!r}"


def _in_words(environment: str, table: Mapping[str, Any], defaults: Mapping[str, Any], error: dict[str, Any]) -> str:
    # The environment's name is no key in its table, and pydantic marks a bad key of a table.
    parts = [str(part) for part in error["loc"] if part != "[key]"] if error["loc"] != ("environment",) else []
    by_defaults = parts and _has(defaults, parts) and not _has(table, parts)
    place = ".".join([DEFAULTS if by_defaults else environment, *parts])
    match error["type"]:
        case "extra_forbidden":
            return f"{place}: is no setting{_hint(parts)}"
        case "missing":
            return f"{place}: is required"
        case "model_type" | "dict_type":
            fault = "must be a table"
        case "string_pattern_mismatch":
            fault = f"must match {error['ctx']['pattern']}"
        case "value_error":
            fault = str(error["ctx"]["error"])
        case _:
            fault = error["msg"].replace("Input should", "must").replace("Dictionary should", "must")
    return f"{place}: {fault}, got {error['input']!r}"


def _has(table: Any, parts: list[str]) -> bool:
    return not parts or (isinstance(table, Mapping) and parts[0] in table and _has(table[parts[0]], parts[1:]))


def _hint(parts: list[str]) -> str:
    """The settings of the same table that comes nearest, or else of another table that has the key."""
    *outer, key = parts
    settings = [path.rpartition(".") for path in paths()]
    siblings = [name for table, _, name in settings if table == ".".join(outer)]
    elsewhere = [f"{table}{dot}{name}" for table, dot, name in settings if name == key]
    if near := get_close_matches(key, siblings, n=1) or elsewhere:
        return f": did you mean {' or '.join(near)}?"
    return f": there are {', '.join(siblings)}"
