"""Puts the runner behind the API of moto, in the place of what moto makes up and beside what it has.

moto keeps pipelines, projects and state machines but runs none. Each service's `api.py` answers for it; no request is
kept waiting: whatever runs, runs in a thread of its own.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.codebuild import urls as codebuild_urls
from moto.codepipeline import urls as codepipeline_urls
from moto.ecr import urls as ecr_urls
from moto.ecs import urls as ecs_urls
from moto.moto_api._internal import urls as moto_urls
from moto.stepfunctions import urls as stepfunctions_urls

from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests
from localaws.codebuild.api import CodeBuildApi
from localaws.codepipeline.api import CodePipelineApi
from localaws.ecr import api as ecr_api
from localaws.ecr.api import EcrApi
from localaws.ecr.distribution.authorization import Tokens
from localaws.ecs.api import EcsApi
from localaws.runner import Runner
from localaws.secretsmanager import events as secret_events
from localaws.server import (
    ANSWERS_PATH,
    CLOCK_PATH,
    DECISIONS_PATH,
    DELIVERIES_PATH,
    FAILING_PATH,
    LAYERS_PATH,
    REQUESTS_PATH,
)
from localaws.stepfunctions.api import StepFunctionsApi


def install(runner: Runner, requests: Requests, answers: Answers, tokens: Tokens) -> None:
    """Answer for moto from now on. Call it once in a process, before the server's first request."""
    for api in (CodePipelineApi, CodeBuildApi, EcrApi, EcsApi, StepFunctionsApi):
        api.runner = runner
    EcrApi.tokens = tokens
    codepipeline_urls.url_paths["{0}/$"] = CodePipelineApi.dispatch
    codebuild_urls.url_paths["{0}/$"] = CodeBuildApi.dispatch
    ecr_urls.url_paths["{0}/$"] = EcrApi.dispatch
    ecs_urls.url_paths["{0}/$"] = EcsApi.dispatch
    stepfunctions_urls.url_paths["{0}/$"] = StepFunctionsApi.dispatch
    secret_events.watch(runner.bus.put)

    def listed(records: Callable[[], Any]) -> Callable[..., tuple[int, dict[str, str], str]]:
        return lambda *_: (200, {}, json.dumps(records()))

    def deliveries(request: Any, *_: object) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(runner.bus.deliveries[int(request.args.get("since", 0)) :])

    def clock(request: Any, *_: object) -> tuple[int, dict[str, str], str]:
        runner.clock.advance(json.loads(request.get_data())["seconds"])
        ecr_api.expire(runner.clock)
        return 200, {}, json.dumps({})

    def failing(request: Any, *_: object) -> tuple[int, dict[str, str], str]:
        runner.failing.let_fail(**json.loads(request.get_data()))
        return 200, {}, json.dumps({})

    def layer(request: Any, *_: object) -> tuple[int, dict[str, str], bytes]:
        place = {name: request.args[name] for name in ("account", "region", "repository", "digest")}
        return 200, {"Content-Type": "application/octet-stream"}, ecr_api.layer(**place)

    paths: dict[str, Any] = moto_urls.url_paths
    paths.clear()  # reset, seed, configuration: nothing of this project asks for them
    paths[f"{{0}}{DELIVERIES_PATH}"] = deliveries
    paths[f"{{0}}{DECISIONS_PATH}"] = listed(lambda: runner.decisions)
    paths[f"{{0}}{REQUESTS_PATH}"] = listed(requests.view)
    paths[f"{{0}}{ANSWERS_PATH}"] = listed(answers.view)
    paths[f"{{0}}{CLOCK_PATH}"] = clock
    paths[f"{{0}}{LAYERS_PATH}"] = layer
    paths[f"{{0}}{FAILING_PATH}"] = failing
