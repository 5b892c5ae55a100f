"""Tests of deliveries that fail, and of the tags that are pushed."""

from pathlib import Path

import pytest

from rehearsal.delivery import Delivery, tag_of
from rehearsal.images.image import push_image
from rehearsal.system import CheckError, System
from settings import PipelineSettings
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, system
from tests.support.localaws.watched_pipelines import watching


def test_a_rolled_back_delivery_fails_before_its_time_out() -> None:
    elsewhere = {"REPOSITORY_URI": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none"}
    made = system("rolled", service_name="rolled", variables=elsewhere)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    clients().client("ecs").update_service(cluster="rolled", service="rolled", deploymentConfiguration=breaker)
    names = {"cluster_name": "rolled", "service_name": "rolled", "pipeline_name": "rolled"}
    delivery = Delivery(
        System(clients().local, repository_url=made.repository_uri, **names), settings=PipelineSettings()
    )

    ecr = clients().client("ecr")
    ecr.create_repository(repositoryName="rolled-elsewhere")
    push_image(ecr, "rolled-elsewhere", "latest", b"bad")  # the same digest, and its own event
    pushed = delivery.push(b"bad")
    with pytest.raises(CheckError, match=r"Deploy/Deploy: JobFailed: .* 60 minutes: .*: tasks failed to start\."):
        delivery.started(pushed)


def test_with_a_pattern_the_first_run_must_fail_in_source(tmp_path: Path) -> None:
    made = watching("seen", tmp_path, watch="v*")
    names = {"cluster_name": made.name, "service_name": made.name, "pipeline_name": made.name}
    deployed = System(clients().local, repository_url=made.repository_uri, **names)

    said = Delivery(deployed, settings=PipelineSettings(watch="v*")).first_execution()
    assert said == "no source revision: failed in Source, watched-seen:1 runs as before"


@pytest.mark.parametrize(
    ("watch", "tag"), [("latest", "latest"), ("v*", "vsecond"), ("*", "second"), ("a*b*", "asecondb")]
)
def test_a_rehearsal_pushes_a_tag_that_is_watched(watch: str, tag: str) -> None:
    settings = PipelineSettings(watch=watch)

    assert tag_of(settings, b"second") == tag
    assert settings.watches(tag)
