"""The CodeBuild action, which starts a build of a project and waits until the build ends.

The build reads its input artifact from the artifact bucket, and writes its output artifact to this bucket. In the local
AWS, the action passes the locations of both artifacts to StartBuild, as S3 overrides. On AWS, CodePipeline passes them
through an interface that is not public.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

import json
import time

from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import ActionFailedError
from localaws.json_types import JsonObject

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 1.0


def run(job: Job) -> None:
    """Run a build. The variables that the buildspec exports become the variables of the action."""
    codebuild = job.role.client("codebuild")
    build = codebuild.start_build(projectName=job.required("ProjectName"), **_overrides(job))["build"]
    job.action.external_id = build["id"]
    pause = FIRST_PAUSE_SECONDS
    while not build["buildComplete"]:
        time.sleep(pause)
        pause = min(1.1 * pause, LONGEST_PAUSE_SECONDS)
        build = codebuild.batch_get_builds(ids=[build["id"]])["builds"][0]
    if build["buildStatus"] != "SUCCEEDED":
        job.action.summary = _failure_message(build)
        raise ActionFailedError("JobFailed", job.action.summary)
    job.action.variables = {item["name"]: item["value"] for item in build.get("exportedEnvironmentVariables", [])}


def _overrides(job: Job) -> JsonObject:
    if len(job.action.outputs) > 1:
        raise ActionFailedError(
            "ConfigurationError",
            f"The local AWS supports at most one output artifact of a build, got {len(job.action.outputs)}",
        )
    source = job.input
    overrides: JsonObject = {
        "sourceTypeOverride": "S3",
        "sourceLocationOverride": f"{source.bucket}/{source.key}",
        "environmentVariablesOverride": _variables(job.configuration.get("EnvironmentVariables", "[]")),
    }
    for output in job.action.outputs.values():
        overrides["artifactsOverride"] = {
            "type": "S3",
            "location": output.bucket,
            "name": output.key,
            "packaging": "ZIP",
        }
    return overrides | ({"encryptionKeyOverride": job.store.kms_key} if job.store.kms_key else {})


def _variables(text: str) -> list[dict[str, str]]:
    try:
        return [
            {"name": item["name"], "value": item["value"], "type": item.get("type", "PLAINTEXT")}
            for item in json.loads(text)
        ]
    except (ValueError, TypeError, KeyError, AttributeError):  # AWS does not publish the message
        raise ActionFailedError(
            "ConfigurationError",
            f"EnvironmentVariables must be a JSON array of objects with name, value and type, got {text}",
        ) from None


def _failure_message(build: JsonObject) -> str:
    for phase in build["phases"]:
        if phase.get("phaseStatus") in ("FAILED", "TIMED_OUT"):
            context = phase["contexts"][0]
            return (
                f"Build terminated with state: {build['buildStatus']}. Phase: {phase['phaseType']}, "
                f"Code: {context['statusCode']}, Message: {context['message']}"
            )
    return f"Build terminated with state: {build['buildStatus']}"
