"""Ways to break a deployed pipeline, each with the error that the rehearsal must report."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rehearsal.system import System

Mutation = Callable[[System], Callable[[], object]]
"""Changes the deployed system, and returns a function that reverts the change."""


def project(change: Callable[[dict[str, Any]], None]) -> Mutation:
    def mutate(system: System) -> Callable[[], object]:
        client = system.aws.client("codebuild")
        found = system.build_project()
        settings = {name: found[name] for name in ("name", "source", "environment", "serviceRole")}
        changed = json.loads(json.dumps(settings))
        change(changed)
        client.update_project(**changed)
        return lambda: client.update_project(**settings)

    return mutate


def variable(name: str, value: str) -> Mutation:
    def change(settings: dict[str, Any]) -> None:
        [found] = [item for item in settings["environment"]["environmentVariables"] if item["name"] == name]
        found["value"] = value

    return project(change)


def buildspec(old: str, new: str) -> Mutation:
    def change(settings: dict[str, Any]) -> None:
        assert old in settings["source"]["buildspec"]
        settings["source"]["buildspec"] = settings["source"]["buildspec"].replace(old, new)

    return project(change)


def pipeline(provider: str, change: Callable[[dict[str, Any]], object]) -> Mutation:
    def mutate(system: System) -> Callable[[], object]:
        client = system.aws.client("codepipeline")
        original = client.get_pipeline(name=system.pipeline_name)["pipeline"]
        changed = json.loads(json.dumps(original))
        actions = [action for stage in changed["stages"] for action in stage["actions"]]
        [action] = [action for action in actions if action["actionTypeId"]["provider"] == provider]
        change(action)
        client.update_pipeline(pipeline=changed)
        return lambda: client.update_pipeline(pipeline=original)

    return mutate


def configured(provider: str, **configuration: str) -> Mutation:
    return pipeline(provider, lambda action: action["configuration"].update(configuration))


def rule(*, detail: dict[str, list[Any]] | None = None, state: str = "ENABLED") -> Mutation:
    def mutate(system: System) -> Callable[[], object]:
        events = system.aws.client("events")
        [found] = events.list_rules(NamePrefix="example-app-dev-push")["Rules"]
        original = {name: found[name] for name in ("Name", "Description", "EventPattern", "State")}
        pattern = json.loads(original["EventPattern"])
        pattern["detail"] |= detail or {}
        events.put_rule(**original | {"EventPattern": json.dumps(pattern), "State": state})
        return lambda: events.put_rule(**original)

    return mutate


def without_target(system: System) -> Callable[[], object]:
    events = system.aws.client("events")
    [found] = events.list_rules(NamePrefix="example-app-dev-push")["Rules"]
    targets = events.list_targets_by_rule(Rule=found["Name"])["Targets"]
    events.remove_targets(Rule=found["Name"], Ids=[target["Id"] for target in targets])
    return lambda: events.put_targets(Rule=found["Name"], Targets=targets)


def without_input(system: System) -> Callable[[], object]:
    events = system.aws.client("events")
    targets = events.list_targets_by_rule(Rule="example-app-dev-push")["Targets"]
    plain = [{name: target[name] for name in ("Id", "Arn", "RoleArn")} for target in targets]
    events.put_targets(Rule="example-app-dev-push", Targets=plain)
    return lambda: events.put_targets(Rule="example-app-dev-push", Targets=targets)


def trust(suffix: str, service: str) -> Mutation:
    def mutate(system: System) -> Callable[[], object]:
        iam = system.aws.client("iam")
        [role] = [role for role in iam.list_roles()["Roles"] if role["RoleName"].endswith(suffix)]
        original = json.dumps(role["AssumeRolePolicyDocument"])
        [current] = [role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]]
        changed = original.replace(current, service)
        iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=changed)
        return lambda: iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=original)

    return mutate


MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "the build has another container name": (
        variable("CONTAINER_NAME", "web"),
        "CodeBuild's CONTAINER_NAME is 'web', expected 'app'",
    ),
    "the build has another repository": (
        variable("REPOSITORY_URI", "example.com/other"),
        "CodeBuild's REPOSITORY_URI is 'example.com/other', expected '123456789012.dkr.ecr",
    ),
    "the build has a reference's text": (
        variable("REPOSITORY_URI", "${TfToken[TOKEN.7]}"),
        "CodeBuild's REPOSITORY_URI is '${TfToken[TOKEN.7]}', expected",
    ),
    "the echo names no variable": (
        buildspec("$REPOSITORY_URI", "example.com/other"),
        "the buildspec's command must use $REPOSITORY_URI and $CONTAINER_NAME",
    ),
    "the echo holds a reference": (
        buildspec("$REPOSITORY_URI", "$REPOSITORY_URI${aws_ecr_repository.repository.repository_url}"),
        "the buildspec must contain only shell variables, but contains '${'",
    ),
    "the echo is broken": (
        buildspec("imageUri", "imageURI"),
        "the pipeline failed in example-app-dev, Deploy/Deploy",
    ),
    "the echo writes another file": (
        buildspec("> imagedefinitions.json", "> imageDefinitions.json"),
        "the pipeline failed in example-app-dev, Build/Build",
    ),
    "the build command fails": (
        buildspec("> imagedefinitions.json", "> imagedefinitions.json; exit 3"),
        "the pipeline failed in example-app-dev, Build/Build",
    ),
    "the rule watches another repository": (
        rule(detail={"repository-name": ["other"]}),
        "the pattern of rule example-app-dev-push is",
    ),
    "the rule watches another tag": (
        rule(detail={"image-tag": ["stable"]}),
        "the tag of the pipeline's source action is 'latest', expected 'stable'",
    ),
    "the rule matches build caches": (
        rule(detail={"artifact-media-type": [{"exists": True}]}),
        "the pattern of rule example-app-dev-push is",
    ),
    "the target starts the pipeline without the digest": (
        without_input,
        "the InputPathsMap of the target is {}, expected",
    ),
    "the rule is disabled": (
        rule(state="DISABLED"),
        "the state of rule example-app-dev-push is 'DISABLED', expected 'ENABLED'",
    ),
    "the rule has no target": (
        without_target,
        "one rule must have the pipeline example-app-dev as its target, found []",
    ),
    "the rule's role trusts another service": (
        trust("-events", "ec2.amazonaws.com"),
        "must start one execution, started 0",
    ),
    "the pipeline's role trusts another service": (
        trust("-pipeline", "ec2.amazonaws.com"),
        "the pipeline failed in example-app-dev, Source/Push",
    ),
    "the source watches another repository": (
        configured("ECR", RepositoryName="other"),
        "the repository of the pipeline's source action is 'other', expected 'example-app-dev'",
    ),
    "the build is overridden without the digest": (
        configured("CodeBuild", EnvironmentVariables='[{"name": "REPOSITORY_URI", "value": "example.com/other"}]'),
        "imagedefinitions.json is [{'name': 'app', 'imageUri': 'example.com/other'}], expected",
    ),
    "the build's artifact is removed": (
        pipeline("CodeBuild", lambda action: action.update(outputArtifacts=[])),
        "the pipeline failed in example-app-dev, Deploy/Deploy",
    ),
    "the deployment reads another file": (
        configured("ECS", FileName="images.json"),
        "the pipeline failed in example-app-dev, Deploy/Deploy",
    ),
    "the deployment means another service": (
        configured("ECS", ServiceName="other"),
        "the pipeline failed in example-app-dev, Deploy/Deploy",
    ),
}


@contextmanager
def mutated(system: System, mutation: Mutation) -> Iterator[None]:
    undo = mutation(system)
    try:
        yield
    finally:
        undo()
