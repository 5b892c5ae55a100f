"""Tests of the check that Terraform knows the running service."""

from collections.abc import Iterator

import pytest

from operations.recorded_service import check
from settings import Settings
from tests.support.localaws.aws_pipeline import REGION, System, clients
from tools.outside import OutsideError

PARAMETER = "/terraform/revised-dev/revision"


def settings(app: str = "revised") -> Settings:
    return Settings.model_validate({"environment": "dev", "app": app, "region": REGION, "domain": f"{app}.example.com"})


@pytest.fixture(scope="module")
def service() -> System:
    """A service that was deployed without Terraform's parameter."""
    return System(clients(), "revised-dev", service_name="revised-dev").create()


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)
    yield
    clients().client("ssm").delete_parameters(Names=[PARAMETER])


@pytest.mark.usefixtures("service")
def test_a_service_without_its_parameter_is_refused() -> None:
    with pytest.raises(OutsideError, match=rf"^dev: the service revised-dev is active, but the parameter {PARAMETER}"):
        check(settings(), "test")


@pytest.mark.usefixtures("service")
def test_a_service_with_its_parameter_passes() -> None:
    clients().client("ssm").put_parameter(Name=PARAMETER, Value="arn", Type="String")

    check(settings(), "test")


def test_a_new_environment_passes() -> None:
    check(settings("unrecorded"), "test")


def test_a_deleted_service_passes(service: System) -> None:
    clients().client("ecs").delete_service(cluster=service.name, service=service.service_name, force=True)

    check(settings(), "test")
