"""The settings file: defaults, and every way in which it is refused."""

import os
import re
from pathlib import Path

import pytest

from settings import SettingsError, find, load, paths
from settings.file import NEW_SHELL
from settings.location import SETTINGS_FILE, shown
from tests.support.settings_files import MINIMAL, as_published, refusal, written
from tests.support.synthesized import ROOT

A_NAME = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
A_DOMAIN = "must be a lowercase domain name with at least one dot, at most 64 characters"
A_REFERENCE = "must not contain ${ or %{, which Terraform reads as a template"


def test_environments_keep_the_order_of_the_file(tmp_path: Path) -> None:
    text = MINIMAL + MINIMAL.replace("[dev]", "[acceptance]").replace("example-app.dev", "acceptance.dev")

    assert [settings.environment for settings in load(written(tmp_path, text))] == ["dev", "acceptance"]


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    file.write_text(MINIMAL, encoding="utf-8-sig")

    assert [settings.environment for settings in load(file)] == ["dev"]


@pytest.mark.project
def test_the_projects_own_file_is_valid() -> None:
    assert load(ROOT / "environments.toml")


DOCUMENTED = re.compile(r"(?:# )?(?:\[defaults\.(?P<table>[\w.]+)\]|(?P<key>\w+) = (?P<value>.*?)) *(?P<comment># .*)?")
"""A line of `[defaults]` with a table or a setting, set or commented out."""


@pytest.fixture
def defaults() -> str:
    """Return the text above the environments in the project's file, with a comment on every setting."""
    text = (ROOT / "environments.toml").read_text(encoding="utf-8-sig")
    return re.split(r"^\[(?!defaults)", text, flags=re.MULTILINE)[0]


def documented(defaults: str) -> dict[str, str]:
    """Return the comment of every setting."""
    found, table = {}, ""
    for line in defaults.partition("[defaults]\n")[2].splitlines():
        shown = DOCUMENTED.fullmatch(line)
        if shown and shown["table"]:
            table = shown["table"]
        elif shown:
            found[f"{table}.{shown['key']}" if table else shown["key"]] = shown["comment"] or ""
    return found


@as_published
def test_the_projects_own_file_documents_every_setting(defaults: str) -> None:
    tables = {path.rpartition(".")[0] for path in paths()}

    assert set(documented(defaults)) == set(paths()) - tables
    assert [name for name, comment in documented(defaults).items() if not comment] == []


@as_published
def test_the_commented_settings_are_valid(defaults: str, tmp_path: Path) -> None:
    """An environment with `ci` has neither `role_arn` nor `push.oidc_provider_arn`."""
    all_set = re.sub(r"^# (\[defaults|\w+ = )", r"\1", defaults, flags=re.MULTILINE)
    all_set = all_set.replace('backend = "local"', 'backend = "s3"') + "\n[some]\n"
    but_the_role = re.sub("^role_arn = .*", "", all_set, flags=re.MULTILINE)
    but_the_role = re.sub(r"(^\[defaults\.push\].*?)^oidc_provider_arn = .*?$", r"\1", but_the_role, flags=re.M | re.S)
    but_ci = re.sub(r"^\[defaults\.ci\].*?(?=^\[)", "", all_set, flags=re.MULTILINE | re.DOTALL)

    [with_ci] = load(written(tmp_path, but_the_role))
    [with_role] = load(written(tmp_path, but_ci))

    assert with_ci.ci
    assert with_ci.ci.oidc_provider_arn
    assert with_ci.state.kms_key_arn
    assert with_ci.push
    assert with_role.role_arn
    assert with_role.push
    assert with_role.push.oidc_provider_arn


def test_an_environment_overrides_the_defaults(tmp_path: Path) -> None:
    text = """
        [defaults]
        app = "shop"
        region = "eu-west-1"
        protect = false
        tags = { owner = "web", tier = "1" }
        service = { cpu = 512, environment = { LOG_LEVEL = "info" } }

        [blue]
        domain = "blue.example.com"

        [green]
        domain = "green.example.com"
        region = "eu-west-2"
        tags.tier = "2"
        service.memory_mib = 2048
        service.environment.CURRENCY = "EUR"
    """

    [blue, green] = load(written(tmp_path, text))

    assert (blue.region, blue.protect, blue.tags) == ("eu-west-1", False, {"owner": "web", "tier": "1"})
    assert (green.region, green.protect, green.tags) == ("eu-west-2", False, {"owner": "web", "tier": "2"})
    assert (blue.service.cpu, blue.service.memory_mib) == (512, 1024)
    assert (green.service.cpu, green.service.memory_mib) == (512, 2048)
    assert green.service.environment == {"LOG_LEVEL": "info", "CURRENCY": "EUR"}


def test_a_setting_that_a_table_of_the_defaults_lacks_is_theirs(tmp_path: Path) -> None:
    text = """
        [defaults.service.container_health_check]
        retries = 5

        [dev]
        app = "shop"
        region = "eu-west-1"
        domain = "shop.example.com"
        """

    with pytest.raises(SettingsError, match=r"^.*: defaults\.service\.container_health_check\.command: required$"):
        load(written(tmp_path, text))


def test_an_error_of_the_defaults_is_reported_one_time(tmp_path: Path) -> None:
    text = """
        [defaults]
        app = "Shop"
        region = "eu-west-1"
        proctect = true
        network = { zones = 1 }

        [blue]
        domain = "blue.example.com"
        network = { zones = 2, cidr = "x" }

        [green]
        domain = "green.example.com"

        [red]
        domain = "red.example.com"
    """

    assert refusal(written(tmp_path, text)) == [
        f"defaults.app: must match {A_NAME}, got 'Shop'",
        "blue.network.cidr: must be an IPv4 block such as 10.0.0.0/16 (Expected 4 octets in 'x'), got 'x'",
        "defaults.proctect: unknown setting; did you mean protect?",
        "defaults.network.zones: must be greater than or equal to 2, got 1",
    ]


def test_two_environments_share_neither_name_nor_domain(tmp_path: Path) -> None:
    text = """
        [defaults]
        region = "eu-west-1"
        domain = "www.example.com"

        [a-b]
        app = "shop"

        [b]
        app = "shop-a"
    """

    assert refusal(written(tmp_path, text)) == [
        "b.app: must not lead to the name shop-a-b, which a-b has, got 'shop-a'",
        "b.domain: must not be the domain of a-b, got 'www.example.com'",
    ]


def test_no_environment_has_another_ones_name_as_prefix(tmp_path: Path) -> None:
    text = """
        [defaults]
        app = "shop"
        region = "eu-west-1"

        [dev]
        domain = "dev.example.com"

        [dev-eu]
        domain = "eu.example.com"

        [devel]
        domain = "devel.example.com"
    """

    assert refusal(written(tmp_path, text)) == [
        (
            "dev-eu.app: must not lead to the name shop-dev-eu, got 'shop'; dev has the name shop-dev, and neither "
            "name may begin with the other name"
        )
    ]


def test_one_environment_per_account_creates_the_github_provider(tmp_path: Path) -> None:
    text = """
        [defaults]
        app = "shop"
        region = "eu-west-1"
        account_id = "123456789012"
        state = { backend = "s3", bucket = "shop-state" }
        ci.repository = "acme/shop"

        [blue]
        domain = "blue.example.com"

        [green]
        domain = "green.example.com"
"""
    arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"

    assert refusal(written(tmp_path, text)) == [
        "green.ci.oidc_provider_arn: required, because blue creates the one GitHub provider that an account can have"
    ]
    assert load(written(tmp_path, f'{text}ci.oidc_provider_arn = "{arn}"\n'))
    assert load(written(tmp_path, f'{text}account_id = "210987654321"\n'))
    assert refusal(written(tmp_path, text.replace("ci.repository", "push.repository"))) == [
        "green.push.oidc_provider_arn: required, because blue creates the one GitHub provider that an account can have"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have an environment; add a table such as [dev]"),
        ("# nothing\n", "must have an environment; add a table such as [dev]"),
        ("[dev\n", "invalid TOML: Expected ']' at the end of a table declaration (at line 1, column 5)"),
        (
            f"{MINIMAL}{MINIMAL}",
            "invalid TOML: Cannot declare ('dev',) twice (at line 7, column 5)",
        ),
        ("x = '\0'", r"invalid TOML: Found invalid character '\x00' (at line 1, column 6)"),
        (
            MINIMAL.replace("[dev]", "[Dev]"),
            f"Dev: must match {A_NAME}, got 'Dev'",
        ),
        (
            MINIMAL.replace("[dev]", "[[dev]]"),
            "dev: must be one table, written as [dev]",
        ),
        (
            f"defaults = 1\n{MINIMAL}",
            "defaults: must be one table, written as [defaults]",
        ),
        (
            f'[default]\napp = "shop"\n{MINIMAL.replace("app =", "tags.app_ =")}',
            "default: not an environment; did you mean [defaults]?",
        ),
        (
            f'app = "shop"\n{MINIMAL}',
            "app: must be inside an environment; move it below a table such as [dev]",
        ),
    ],
)
def test_a_file_is_refused(text: str, message: str, tmp_path: Path) -> None:
    assert refusal(written(tmp_path, text)) == [message]


def test_a_long_toml_error_is_cut(tmp_path: Path) -> None:
    [line] = refusal(written(tmp_path, f"[{'k' * 1_000}]\n" * 2))

    assert line.startswith("invalid TOML: Cannot declare ('kkk")
    assert line.endswith("kkk',) twice (at line 2, column 1002)")
    assert len(line) < 400


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "environments.toml"
    file.write_bytes(b"\xff")

    [line] = refusal(file)
    assert line.startswith("invalid TOML: 'utf-8' codec can't decode byte 0xff")


@pytest.mark.parametrize("content", ["[" * 3_000 + "]" * 3_000, "{ a = " * 3_000 + "1" + " }" * 3_000])
def test_a_file_that_nests_too_deep_is_refused(content: str, tmp_path: Path) -> None:
    file = written(tmp_path, f"{MINIMAL}network.zones = {content}")

    assert refusal(file) == ["must not nest lists or tables hundreds of levels deep"]


def test_a_file_of_more_than_a_million_characters_is_refused(tmp_path: Path) -> None:
    spaces = " " * (1_000_000 - len(MINIMAL))

    assert load(written(tmp_path, MINIMAL + spaces))
    assert refusal(written(tmp_path, f"{MINIMAL}{spaces} ")) == ["must have at most 1000000 characters, got more"]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "environments.toml"
    with pytest.raises(SettingsError, match=f"^{file}: cannot be read: No such file or directory{NEW_SHELL}$"):
        load(file)
    file.mkdir()
    with pytest.raises(SettingsError, match=f"^{file}: cannot be read: Is a directory$"):
        load(file)


def test_messages_name_the_projects_own_file_without_its_folder() -> None:
    assert [shown(SETTINGS_FILE), shown(Path("own", "environments.toml"))] == [
        "environments.toml",
        "own/environments.toml",
    ]


def test_the_name_of_a_missing_file_is_cut(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=rf"^{tmp_path}.*a…a{{150}}: cannot be read: File name too long$"):
        load(tmp_path / ("a" * 5_000))


def test_only_the_first_fifty_errors_are_reported(tmp_path: Path) -> None:
    lines = refusal(written(tmp_path, MINIMAL + "".join(f"k{number} = 1\n" for number in range(60))))

    assert [line.split(":")[0] for line in lines] == [*(f"dev.k{number}" for number in range(50)), "10 more errors"]


def test_all_errors_of_all_environments_are_reported(tmp_path: Path) -> None:
    text = """
        stray = 1

        [dev]
        app = "a-name-that-is-much-too-long"
        region = "eu-central-1"
        network.zones = 1
        service.cpu = 512
        service.memory_mib = 512
        service.container_port = 0
        service.environment = { 1ST = "x", DB_USER = "x", URL = "${x}" }
        extra = 1

        [Prod]
        app = "shop"
        domain = "shop"
    """

    assert refusal(written(tmp_path, text)) == [
        "stray: must be inside an environment; move it below a table such as [dev]",
        (
            "dev.app: must lead to names of at most 26 characters; a-name-that-is-much-too-long-dev has 32, "
            "got 'a-name-that-is-much-too-long'"
        ),
        "dev.domain: required",
        "dev.network.zones: must be greater than or equal to 2, got 1",
        "dev.service.container_port: must be greater than or equal to 1, got 0",
        "dev.service.memory_mib: must be one of 1024, 2048, 3072, 4096 with cpu 512, got 512",
        "dev.service.environment.1ST: must be letters, digits and underscores, without a digit at the start, got '1ST'",
        "dev.service.environment.DB_USER: must not be a variable that the service itself sets, got 'DB_USER'",
        f"dev.service.environment.URL: {A_REFERENCE}, got 4 characters, not shown",
        (
            "dev.extra: unknown setting; known settings: app, region, domain, hosted_zone_id, account_id, role_arn, "
            "permissions_boundary_arn, aws_provider_versions, tags, protect, customer_managed_key, state, network, "
            "database, service, logs, pipeline, ci, push, viewer, operator"
        ),
        f"Prod: must match {A_NAME}, got 'Prod'",
        "Prod.region: required",
        f"Prod.domain: {A_DOMAIN}, got 'shop'",
    ]


def test_a_file_that_would_take_minutes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "environments.toml"
    file.write_text("".join(f"[e{number}]\n" for number in range(201)), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"must have at most 200 environments, got 201$"):
        load(file)

    file.write_text("a." * 400_000 + "a = 1", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"must have keys of at most 10000 parts, got a longer key$"):
        load(file)

    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(
        SettingsError, match=r"^pipe\.toml: must be a regular file, because the file is read several times$"
    ):
        load(tmp_path / "pipe.toml")


def test_an_unknown_environment_is_reported_with_known_ones(tmp_path: Path) -> None:
    file = tmp_path / "environments.toml"
    one = 'app = "e{0}x"\nregion = "eu-central-1"\ndomain = "e{0}.example.com"\n'
    file.write_text("".join(f"[e{n}]\n{one.format(n)}" for n in range(30)), encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        find(file, "x" * 10_000)

    assert len(str(refused.value)) < 600
    assert str(refused.value).endswith(", e19, ...")
