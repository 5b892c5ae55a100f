"""Builds as the API of CodeBuild shows them."""

from localaws.codebuild.build import Build
from localaws.json_types import JsonObject


def build(seen: Build) -> JsonObject:
    """https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html"""
    project = seen.project
    shown = {
        "id": seen.id,
        "arn": seen.arn,
        "buildNumber": seen.number,
        "projectName": seen.request["projectName"],
        "startTime": seen.started,
        "endTime": seen.ended,
        "currentPhase": "COMPLETED" if seen.ended else seen.phases.current,
        "buildStatus": seen.status,
        "buildComplete": seen.ended is not None,
        "phases": [dict(phase) for phase in seen.phases.described],
        "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in seen.exported.items()],
        **{
            name: project.get(name)
            for name in ("source", "environment", "serviceRole", "timeoutInMinutes", "encryptionKey")
        },
    }
    if seen.log_stream:
        shown["logs"] = {"groupName": seen.log_stream.group, "streamName": seen.log_stream.name}
    if "artifactsOverride" in seen.request:
        output = seen.request["artifactsOverride"]
        shown["artifacts"] = {"location": f"arn:aws:s3:::{output['location']}/{output['name']}"}
    return shown
