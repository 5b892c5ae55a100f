"""A delivery is followed to its end, and named with what went wrong."""

import pytest

from rehearsal.delivery import Delivery
from rehearsal.system import CheckError, System
from settings import PipelineSettings
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, system


def test_a_delivery_that_is_rolled_back_fails_without_the_wait_for_its_time_out() -> None:
    made = system("rolled", variables={"REPOSITORY_URI": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none"})
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    clients().client("ecs").update_service(cluster="rolled", service="web", deploymentConfiguration=breaker)
    names = {"cluster_name": "rolled", "service_name": "web", "pipeline_name": "rolled"}
    delivery = Delivery(
        System(clients().local, repository_url=made.repository_uri, **names), settings=PipelineSettings()
    )

    pushed = delivery.push(b"bad")
    with pytest.raises(CheckError, match=r"Deploy/Deploy: JobFailed: .* 60 minutes: .*: tasks failed to start\."):
        delivery.started(pushed)
