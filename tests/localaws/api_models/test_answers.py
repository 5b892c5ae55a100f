"""Answers are checked against AWS's API models, and their members and values are recorded."""

import json
from typing import Any

import pytest
from werkzeug import Request, Response

from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests, validated
from tests.support.localaws import sent

DESCRIBE_SERVICES = sent.in_json(
    "ecs", "AmazonEC2ContainerServiceV20141113.DescribeServices", {"services": ["shop"], "cluster": "shop"}
)
DESCRIBE_KEY = sent.in_json("kms", "TrentService.DescribeKey", {"KeyId": "k"})
DESCRIBE_INSTANCES = sent.query("rds", "DescribeDBInstances")
BUCKET_LIFECYCLE = sent.rest("s3", "GET", "/bucket?lifecycle")


def recorded(request: Request, body: Any, status: int = 200) -> dict[str, Any]:
    answers = Answers()
    text = body if isinstance(body, str) else json.dumps(body)
    validated(lambda _: Response(text, status), Requests(), answers)(request)
    view: dict[str, Any] = json.loads(json.dumps(answers.view()))
    return view


def test_members_and_values_are_recorded_without_text() -> None:
    services = [{"serviceName": "shop", "desiredCount": 2, "launchType": "FARGATE"}, {"serviceName": "other"}]

    seen = recorded(DESCRIBE_SERVICES, {"services": services, "failures": []})

    assert seen == {
        "members": {
            "ecs.DescribeServices": {
                "": 1,
                "services": 1,
                "services[]": 2,
                "services[].serviceName": 2,
                "services[].desiredCount": 1,
                "services[].launchType": 1,
                "failures": 1,
            }
        },
        "values": {"ecs.DescribeServices": {"services[].desiredCount": [2], "services[].launchType": ["FARGATE"]}},
        "faults": {},
    }


@pytest.mark.parametrize(
    ("request_", "body", "fault"),
    [
        (DESCRIBE_SERVICES, {"services": [{"color": "red"}]}, "unknown: services[].color"),
        (DESCRIBE_SERVICES, {"services": [{"desiredCount": "2"}]}, "type: services[].desiredCount"),
        (DESCRIBE_SERVICES, {"services": [{"createdAt": "today"}]}, "malformed: "),
        (DESCRIBE_SERVICES, {"services": [{"launchType": "MOON"}]}, "enum: services[].launchType"),
        (DESCRIBE_SERVICES, "no JSON", "malformed: "),
        (DESCRIBE_KEY, {"KeyMetadata": {"Enabled": True}}, "required: KeyMetadata.KeyId"),
        (BUCKET_LIFECYCLE, "<LifecycleConfiguration><Rule/></LifecycleConfiguration>", "required: Rules[].Status"),
    ],
    ids=["unknown", "type", "timestamp", "enum", "malformed", "required", "required in XML"],
)
def test_an_answer_that_does_not_fit_the_model_is_recorded(request_: Request, body: Any, fault: str) -> None:
    [faults] = recorded(request_, body)["faults"].values()

    assert any(each.startswith(fault) for each in faults)


def test_an_error_is_not_recorded() -> None:
    assert recorded(DESCRIBE_KEY, {"__type": "NotFoundException"}, status=400)["members"] == {}


def test_xml_is_recorded_under_the_names_of_the_model() -> None:
    instance = "<DBInstances><DBInstance><MultiAZ>true</MultiAZ></DBInstance></DBInstances>"
    answer = f"<R><DescribeDBInstancesResult>{instance}</DescribeDBInstancesResult></R>"

    assert recorded(DESCRIBE_INSTANCES, answer)["values"] == {
        "rds.DescribeDBInstances": {"DBInstances[].MultiAZ": [True]}
    }
