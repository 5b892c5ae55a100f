"""Answers of CodePipeline that the local AWS gives and moto alone does not."""

import json
from typing import Any

from localaws.codepipeline import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.return_times_as_numbers, in_aws=[float, float])
def test_the_times_of_a_pipeline(client: Client) -> object:
    """boto3 parses strings as times too, so this test reads the answer before boto3 parses it."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codepipeline.amazonaws.com"}}
    role = client("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    kind = {"owner": "AWS", "provider": "ECR", "version": "1"}
    stages = [
        {"name": name, "actions": [{"name": name, "actionTypeId": {"category": name, **kind}}]}
        for name in ("Source", "Deploy")
    ]
    codepipeline = client("codepipeline")
    store = {"type": "S3", "location": "artifacts"}
    declaration = {"name": "timed", "roleArn": role["Role"]["Arn"], "artifactStore": store, "stages": stages}
    codepipeline.create_pipeline(pipeline=declaration)
    sent: list[dict[str, Any]] = []
    codepipeline.meta.events.register(
        "before-parse.codepipeline.GetPipeline",
        lambda response_dict, **_: sent.append(json.loads(response_dict["body"])["metadata"]),
    )
    codepipeline.get_pipeline(name="timed")
    return [type(sent[0][name]) for name in ("created", "updated")]
