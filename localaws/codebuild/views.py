"""Builds as CodeBuild's API returns them."""

from localaws.codebuild.build import Build
from localaws.json_types import JsonObject


def build(run: Build) -> JsonObject:
    """Return a build with the members of AWS's data type `Build`.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
    """
    project = run.project
    view = {
        "id": run.id,
        "arn": run.arn,
        "buildNumber": run.number,
        "projectName": run.request["projectName"],
        "startTime": run.started,
        "endTime": run.ended,
        "currentPhase": "COMPLETED" if run.ended else run.phases.current,
        "buildStatus": run.status,
        "buildComplete": run.ended is not None,
        "phases": [dict(phase) for phase in run.phases.described],
        "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in run.exported.items()],
        **{
            name: project.get(name)
            for name in ("source", "environment", "serviceRole", "timeoutInMinutes", "encryptionKey")
        },
    }
    if run.log_stream:
        view["logs"] = {"groupName": run.log_stream.group, "streamName": run.log_stream.name}
    if "artifactsOverride" in run.request:
        output = run.request["artifactsOverride"]
        view["artifacts"] = {"location": f"arn:aws:s3:::{output['location']}/{output['name']}"}
    return view
