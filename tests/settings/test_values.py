"""Single settings, with the rules that need no other setting."""

from pathlib import Path

import pytest

from settings import load
from tests.support.settings_files import MINIMAL, refusal, with_line, written

A_NAME = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
A_DOMAIN = "must be a lowercase domain name with at least one dot, at most 64 characters"
A_RETENTION = (
    "must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, "
    "3288, 3653"
)
A_BUCKET = (
    "must not use a prefix or suffix that S3 reserves "
    "(amzn-s3-demo-, sthree-, xn--, --ol-s3, --table-s3, --x-s3, -s3alias)"
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('app = "Shop"', f"dev.app: must match {A_NAME}, got 'Shop'"),
        ('app = "1shop"', f"dev.app: must match {A_NAME}, got '1shop'"),
        ('app = "shop-"', f"dev.app: must match {A_NAME}, got 'shop-'"),
        ('app = "my--shop"', f"dev.app: must match {A_NAME}, got 'my--shop'"),
        ('app = "my_shop"', f"dev.app: must match {A_NAME}, got 'my_shop'"),
        ('app = ""', f"dev.app: must match {A_NAME}, got ''"),
        ("app = 3", "dev.app: must be a valid string, got 3"),
        ('domain = "localhost"', f"dev.domain: {A_DOMAIN}, got 'localhost'"),
        ('domain = "Shop.example.com"', f"dev.domain: {A_DOMAIN}, got 'Shop.example.com'"),
        ('domain = "https://shop.example.com"', f"dev.domain: {A_DOMAIN}, got 'https://shop.example.com'"),
        ('domain = "-shop.example.com"', f"dev.domain: {A_DOMAIN}, got '-shop.example.com'"),
        ('domain = "shop.example.com."', f"dev.domain: {A_DOMAIN}, got 'shop.example.com.'"),
        (f'domain = "{60 * "a"}.example.com"', f"dev.domain: {A_DOMAIN}, got '{60 * 'a'}.example.com'"),
        ('protect = "yes"', "dev.protect: must be a valid boolean, got 'yes'"),
        ("customer_managed_key = 1", "dev.customer_managed_key: must be a valid boolean, got 1"),
        ("logs.retention_days = 31", f"dev.logs.retention_days: {A_RETENTION}, got 31"),
        ("logs.retention_days = 0", f"dev.logs.retention_days: {A_RETENTION}, got 0"),
        ('logs.flow_logs = "no"', "dev.logs.flow_logs: must be a valid boolean, got 'no'"),
        ("logs.access_logs = 0", "dev.logs.access_logs: must be a valid boolean, got 0"),
        ('pipeline.build_compute = "lambda"', "dev.pipeline.build_compute: must be 'EC2' or 'LAMBDA', got 'lambda'"),
        ('state.backend = "gcs"', "dev.state.backend: must be 'local' or 's3', got 'gcs'"),
        (
            'state.bucket = "my.bucket"',
            (
                "dev.state.bucket: must be 3 to 63 lowercase letters, digits and hyphens, without a hyphen at the "
                "start or end, got 'my.bucket'"
            ),
        ),
        ('state.bucket = "sthree-state"', f"dev.state.bucket: {A_BUCKET}, got 'sthree-state'"),
        ('state.bucket = "xn--state"', f"dev.state.bucket: {A_BUCKET}, got 'xn--state'"),
        ('state.bucket = "state--x-s3"', f"dev.state.bucket: {A_BUCKET}, got 'state--x-s3'"),
        ('state.bucket = "state-s3alias"', f"dev.state.bucket: {A_BUCKET}, got 'state-s3alias'"),
        (
            'state.prefix = "/x"',
            (
                "dev.state.prefix: must be at most 256 letters, digits, dots, hyphens, underscores and slashes, "
                'without a slash at the start or end and without the path segments "." and "..", '
                "got '/x'"
            ),
        ),
        ("network.nat_gateways = -1", "dev.network.nat_gateways: must be greater than or equal to 0, got -1"),
        ('database.multi_az = "yes"', "dev.database.multi_az: must be a valid boolean, got 'yes'"),
        (
            'ci.repository = "name"',
            (
                "dev.ci.repository: must be a GitHub repository as its tokens name it: owner/name or "
                "owner@id/name@id, got 'name'"
            ),
        ),
        (
            'push.repository = "name"',
            (
                "dev.push.repository: must be a GitHub repository as its tokens name it: owner/name or "
                "owner@id/name@id, got 'name'"
            ),
        ),
        (
            'ci.repository = "owner@12/name"',
            (
                "dev.ci.repository: must be a GitHub repository as its tokens name it: owner/name or "
                "owner@id/name@id, got 'owner@12/name'"
            ),
        ),
        (
            'ci = { repository = "o/n", branch = "*" }',
            (
                "dev.ci.branch: must be a branch name such as main: letters, digits, dots, hyphens, underscores and "
                "slashes, without refs/heads/ and without a hyphen at the start, got '*'"
            ),
        ),
        (
            'network.cidr = "ten"',
            "dev.network.cidr: must be an IPv4 block such as 10.0.0.0/16 (Expected 4 octets in 'ten'), got 'ten'",
        ),
        (
            'network.cidr = "10.0.0.1/16"',
            (
                "dev.network.cidr: must be an IPv4 block such as 10.0.0.0/16 (10.0.0.1/16 has host bits set), "
                "got '10.0.0.1/16'"
            ),
        ),
        ('network.cidr = "10.0.0.0/8"', "dev.network.cidr: must be between /16 and /23, got '10.0.0.0/8'"),
        ('network.cidr = "10.0.0.0/24"', "dev.network.cidr: must be between /16 and /23, got '10.0.0.0/24'"),
        (
            'network.cidr = "10.0.0.0/255.255.0.0"',
            "dev.network.cidr: must be written as 10.0.0.0/16, got '10.0.0.0/255.255.0.0'",
        ),
        (
            'network.cidr = "127.0.0.0/16"',
            "dev.network.cidr: must not overlap 127.0.0.0/8, which hosts cannot use, got '127.0.0.0/16'",
        ),
        (
            'network.cidr = "169.254.0.0/20"',
            ("dev.network.cidr: must not overlap 169.254.0.0/16, which hosts cannot use, got '169.254.0.0/20'"),
        ),
        (
            'network.cidr = "240.0.0.0/16"',
            "dev.network.cidr: must not overlap 224.0.0.0/3, which hosts cannot use, got '240.0.0.0/16'",
        ),
        (
            'network.cidr = "0.1.0.0/16"',
            "dev.network.cidr: must not overlap 0.0.0.0/8, which hosts cannot use, got '0.1.0.0/16'",
        ),
        ("network.zones = 1", "dev.network.zones: must be greater than or equal to 2, got 1"),
        ("network.zones = 7", "dev.network.zones: must be less than or equal to 6, got 7"),
        ("network.zones = 2.0", "dev.network.zones: must be a valid integer, got 2.0"),
        ('database.name = "1st"', "dev.database.name: must match ^[A-Za-z][A-Za-z0-9_]{0,62}$, got '1st'"),
        (
            'database.name = "Select"',
            "dev.database.name: must not be a name that PostgreSQL or RDS reserves, got 'Select'",
        ),
        (
            'database.name = "rdsadmin"',
            "dev.database.name: must not be a name that PostgreSQL or RDS reserves, got 'rdsadmin'",
        ),
        ('database.name = "my-db"', "dev.database.name: must match ^[A-Za-z][A-Za-z0-9_]{0,62}$, got 'my-db'"),
        ("database.port = 1149", "dev.database.port: must be greater than or equal to 1150, got 1149"),
        ("database.port = 65536", "dev.database.port: must be less than or equal to 65535, got 65536"),
        ('database.port = "5432"', "dev.database.port: must be a valid integer, got '5432'"),
        (
            'database.instance_class = "t4g.micro"',
            r"dev.database.instance_class: must match ^db\.[a-z0-9]+\.[a-z0-9]+$, got 't4g.micro'",
        ),
        ("database.storage_gib = 19", "dev.database.storage_gib: must be greater than or equal to 20, got 19"),
        ("database.storage_gib = 65537", "dev.database.storage_gib: must be less than or equal to 65536, got 65537"),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


@pytest.mark.parametrize("domain", ["xn--e1afmkfd.xn--p1ai", "shop.example.com"])
def test_a_domain_may_be_of_any_script(domain: str, tmp_path: Path) -> None:
    [settings] = load(written(tmp_path, MINIMAL.replace("example-app.dev-environment.com", domain)))

    assert settings.domain == domain


SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/api-AbCdEf"

IN_S3 = 'state = { backend = "s3", bucket = "shop-state" }'
NO_BRANCHES = ("refs/heads/main", "-main", "a..b", "a.lock", "a.lock/b", ".a", "a/.b", "a.", "", "a//b", "/a")
NO_TEXTS = (r"a\u0000b", r"\u001b[31m", "#{TfToken[TOKEN.1]}", "TfToken[", r"a\u007f")


@pytest.mark.parametrize(
    "line",
    [
        *(f'state.prefix = "{prefix}"' for prefix in ("..", ".", "a/..", "../a", "a/../b", "a/./b")),
        *(f'ci = {{ repository = "o/n", branch = "{branch}" }}' for branch in NO_BRANCHES),
        *(f'ci.repository = "{name}"' for name in ("owner/..", "owner/.", "-owner/name", "o@1/..@2", r"o/n\n")),
        *(f'role_arn = "arn:aws:iam::123456789012:role/{name}"' for name in ("", "a/", "a//b", "..", "a/../b", "/a")),
        *(f'service.secrets = {{ A = "{SECRET}:{part}::" }}' for part in (r"a\nb", r"a\"b", "a'b", r"a\u0000b")),
        *(f'service.environment = {{ A = "{text}" }}' for text in NO_TEXTS),
    ],
)
def test_values_that_are_unsafe_where_used_are_refused(line: str, tmp_path: Path) -> None:
    assert len(refusal(with_line(tmp_path, line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        'state.prefix = "a.b/..c/d.."',
        f'ci = {{ repository = "o-w/n.x", branch = "release/1.0-x" }}\n{IN_S3}',
        f'ci = {{ repository = "o/.github", branch = "feature/refs/x" }}\n{IN_S3}',
        'role_arn = "arn:aws:iam::123456789012:role/team/deploy.x"',
        f'service.secrets = {{ A = "{SECRET}:a key::" }}',
        r'service.environment = { A = "#{x}\t\n\u00a0\u00fc" }',
    ],
)
def test_values_that_only_look_unsafe_are_accepted(line: str, tmp_path: Path) -> None:
    assert load(with_line(tmp_path, line))
