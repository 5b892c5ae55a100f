"""The CodeBuild action: starts a build of a project and waits for its end.

The build gets its input and leaves its output in the artifact bucket. StartBuild is told where by its S3 overrides;
CodePipeline itself has a way of its own, which is not public.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

import json
import time

from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import ActionFailedError
from localaws.json_types import JsonObject

POLL_SECONDS = 0.05


def run(job: Job) -> None:
    """Build; the action's variables are those that the buildspec exports."""
    codebuild = job.role.client("codebuild")
    build = codebuild.start_build(projectName=job.required("ProjectName"), **_overrides(job))["build"]
    job.action.external_id = build["id"]
    while not build["buildComplete"]:
        time.sleep(POLL_SECONDS)
        build = codebuild.batch_get_builds(ids=[build["id"]])["builds"][0]
    if build["buildStatus"] != "SUCCEEDED":
        job.action.summary = _explained(build)
        raise ActionFailedError("JobFailed", job.action.summary)
    job.action.variables = {item["name"]: item["value"] for item in build.get("exportedEnvironmentVariables", [])}


def _overrides(job: Job) -> JsonObject:
    if len(job.action.outputs) > 1:
        raise ActionFailedError(
            "ConfigurationError",
            f"The local AWS runs builds with one output artifact at most, got {len(job.action.outputs)}",
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
    except (ValueError, TypeError, KeyError, AttributeError):  # AWS's wording is not published
        raise ActionFailedError(
            "ConfigurationError",
            f"EnvironmentVariables must be a JSON array of objects with name, value and type, got {text}",
        ) from None


def _explained(build: JsonObject) -> str:
    for phase in build["phases"]:
        if phase.get("phaseStatus") in ("FAILED", "TIMED_OUT"):
            context = phase["contexts"][0]
            return (
                f"Build terminated with state: {build['buildStatus']}. Phase: {phase['phaseType']}, "
                f"Code: {context['statusCode']}, Message: {context['message']}"
            )
    return f"Build terminated with state: {build['buildStatus']}"
