"""Tests of the context: shared clients and answers, and the tags of an environment's resources."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.preflight.contexts import in_local_aws, stubbed, tags


def test_an_answer_is_asked_for_once_even_if_it_is_an_error(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "ecs", "ecr")
    stubs["ecs"].add_client_error("describe_services", "AccessDeniedException")
    stubs["ecr"].add_client_error("describe_repositories", "RepositoryNotFoundException")

    for _ in range(2):
        with pytest.raises(ClientError, match="AccessDenied"):
            context.service()
        assert context.repository() is None


def test_only_an_active_service_counts(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "ecs")
    stubs["ecs"].add_response("describe_services", {"services": [{"status": "INACTIVE"}]})

    assert context.service() is None


def test_a_resource_belongs_to_the_environment_by_its_tags(tmp_path: Path) -> None:
    context, _ = stubbed(tmp_path)
    app, environment = tags(context)

    assert context.owns([environment, app, {"Key": "cost-centre", "Value": "1"}])
    assert not context.owns([app, {"Key": "environment", "Value": "production"}])
    assert not context.owns([])


def test_only_the_endpoints_of_aws_are_aws(tmp_path: Path) -> None:
    assert stubbed(tmp_path)[0].other_endpoint("rds") is None
    local = in_local_aws(tmp_path)
    assert local.other_endpoint("rds") == local.client("rds").meta.endpoint_url
