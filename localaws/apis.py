"""Installs each service's `api.py` in place of moto's API, and installs the routes of the control requests.

moto stores pipelines, build projects and state machines, but it runs no executions and no builds. The runner runs
executions and builds in threads. So a request that starts an execution or a build gets its answer at once.
"""

import json
from collections.abc import Callable
from dataclasses import asdict

from moto.codebuild import urls as codebuild_urls
from moto.codepipeline import urls as codepipeline_urls
from moto.ecr import urls as ecr_urls
from moto.ecs import urls as ecs_urls
from moto.iam import urls as iam_urls
from moto.moto_api._internal import urls as moto_urls
from moto.ssm import urls as ssm_urls
from moto.stepfunctions import urls as stepfunctions_urls
from werkzeug import Request

from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests
from localaws.codebuild.api import CodeBuildApi
from localaws.codepipeline.api import CodePipelineApi
from localaws.control import (
    ANSWERS_PATH,
    CLOCK_PATH,
    DECISIONS_PATH,
    DELIVERIES_PATH,
    FAILING_PATH,
    LAYERS_PATH,
    REQUESTS_PATH,
)
from localaws.ecr import api as ecr_api
from localaws.ecr.api import EcrApi
from localaws.ecr.distribution.authorization import Tokens
from localaws.ecs.api import EcsApi
from localaws.iam.api import IamApi
from localaws.iam.evaluation import Request as IamRequest
from localaws.runner import Runner
from localaws.secretsmanager import events as secret_events
from localaws.ssm.api import SsmApi
from localaws.stepfunctions.api import StepFunctionsApi

RouteAnswer = tuple[int, dict[str, str], str | bytes]
"""The status, headers and body that a route of moto returns."""

Route = Callable[..., RouteAnswer]
"""A function that answers a request. Its arguments are the request, the URL and the headers."""


def install(runner: Runner, requests: Requests, answers: Answers, tokens: Tokens) -> None:
    """Install the APIs and the control requests. Call this function one time in a process, before the first request."""
    for api in (CodePipelineApi, CodeBuildApi, EcrApi, EcsApi, IamApi, SsmApi, StepFunctionsApi):
        api.runner = runner
    EcrApi.tokens = tokens
    codepipeline_urls.url_paths["{0}/$"] = CodePipelineApi.dispatch
    codebuild_urls.url_paths["{0}/$"] = CodeBuildApi.dispatch
    ecr_urls.url_paths["{0}/$"] = EcrApi.dispatch
    ecs_urls.url_paths["{0}/$"] = EcsApi.dispatch
    iam_urls.url_paths["{0}/$"] = IamApi.dispatch
    ssm_urls.url_paths["{0}/$"] = SsmApi.dispatch
    stepfunctions_urls.url_paths["{0}/$"] = StepFunctionsApi.dispatch
    secret_events.watch(runner.bus.put)
    routes = moto_urls.url_paths
    routes.clear()  # removes moto's own control requests, such as reset and seed
    routes |= {f"{{0}}{path}": route for path, route in _control_routes(runner, requests, answers).items()}


def _control_routes(runner: Runner, requests: Requests, answers: Answers) -> dict[str, Route]:
    def in_json(records: Callable[[], object]) -> Route:
        return lambda *_: (200, {}, json.dumps(records()))

    def deliveries(request: Request, *_: object) -> RouteAnswer:
        return 200, {}, json.dumps(runner.bus.deliveries[int(request.args.get("since", 0)) :])

    def decisions(request: Request, *_: object) -> RouteAnswer:
        if request.method == "GET":
            return 200, {}, json.dumps(runner.iam.decisions)
        asked = json.loads(request.get_data())
        decision = runner.iam.decide(request=IamRequest(**asked.pop("request")), **asked)
        return 200, {}, json.dumps(asdict(decision))

    def clock(request: Request, *_: object) -> RouteAnswer:
        runner.clock.advance(json.loads(request.get_data())["seconds"])
        ecr_api.expire(runner.clock)
        return 200, {}, json.dumps({})

    def failing(request: Request, *_: object) -> RouteAnswer:
        runner.failing.let_fail(**json.loads(request.get_data()))
        return 200, {}, json.dumps({})

    def layer(request: Request, *_: object) -> RouteAnswer:
        layer_id = {name: request.args[name] for name in ("account", "region", "repository", "digest")}
        return 200, {"Content-Type": "application/octet-stream"}, ecr_api.layer(**layer_id)

    return {
        DELIVERIES_PATH: deliveries,
        DECISIONS_PATH: decisions,
        REQUESTS_PATH: in_json(requests.view),
        ANSWERS_PATH: in_json(answers.view),
        CLOCK_PATH: clock,
        LAYERS_PATH: layer,
        FAILING_PATH: failing,
    }
