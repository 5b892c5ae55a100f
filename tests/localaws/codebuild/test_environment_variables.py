"""The environment variables of a build: their precedence, parameters and secrets."""

from typing import Any

import pytest

from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.builds import IMAGE, build, commands, environment_of, failed


def test_the_request_and_the_project_override_the_buildspec(role: str) -> None:
    """The request also overrides the project."""
    spec = commands('echo "A=$A\nB=$B\nC=$C" > out', env={"variables": {"A": "spec", "B": "spec", "C": "spec"}})
    project = [{"name": "B", "value": "project"}, {"name": "C", "value": "project"}]
    image = {"type": "LINUX_CONTAINER", "image": IMAGE, "computeType": "BUILD_GENERAL1_SMALL"}
    request = {"environmentVariablesOverride": [{"name": "C", "value": "request", "type": "PLAINTEXT"}]}
    run = build(role, spec, request=request, environment=image | {"environmentVariables": project})
    assert environment_of(run) == {"A": "spec", "B": "project", "C": "request"}


def test_parameters_and_secrets_are_read_through_their_apis(role: str) -> None:
    clients().client("ssm").put_parameter(Name="/shop/level", Value="debug", Type="SecureString")
    secrets = clients().client("secretsmanager")
    arn = secrets.create_secret(Name="work/db", SecretString='{"password": "p:1", "port": 5432}')["ARN"]
    spec = commands(
        "env | grep ^V_ > out",
        env={
            "parameter-store": {"V_LEVEL": "/shop/level"},
            "secrets-manager": {
                "V_WHOLE": "work/db",
                "V_KEY": "work/db:password",
                "V_NUMBER": f"{arn}:port:AWSCURRENT",
            },
        },
    )
    request = {"environmentVariablesOverride": [{"name": "V_R", "value": "/shop/level", "type": "PARAMETER_STORE"}]}
    assert environment_of(build(role, spec, request=request)) == {
        "V_LEVEL": "debug",
        "V_R": "debug",
        "V_WHOLE": '{"password": "p:1", "port": 5432}',
        "V_KEY": "p:1",
        "V_NUMBER": "5432",
    }


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"parameter-store": {"X": "/none"}}, "parameter does not exist: /none"),
        (
            {"secrets-manager": {"X": "none"}},
            "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        ),
        ({"secrets-manager": {"X": "work/text:key"}}, "the secret work/text has no JSON key key"),
    ],
)
def test_an_unreadable_parameter_or_secret_fails_the_build(role: str, env: Any, message: str) -> None:
    if "work/text" in str(env):
        clients().client("secretsmanager").create_secret(Name="work/text", SecretString="no json")
    run = build(role, commands("true", env=env))
    assert failed(run) == ("FAILED", "DOWNLOAD_SOURCE", "Decrypted Variables Error", message)
