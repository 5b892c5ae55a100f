"""The deployed roles of the workflows, under their sessions, as a job of GitHub has them.

The first tests deploy the system under the roles of this repository. The next tests run the workflow of the application
under the push role. They use the system as the previous test left it.
"""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli_w

from localaws.iam.evaluation import Request
from localaws.server import LocalAws
from modules.github.terraform_rights import READ, READ_ANY
from operations.diff.plan import changes
from operations.system.executions import Executions
from rehearsal.images.image import FILE, Image
from rehearsal.workflow_roles import token
from tests.support import terraform_calls
from tests.support.github.job import Job
from tests.support.localaws import registry
from tests.support.localaws.aws_pipeline import policy, until
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.localaws.roles import credentials, with_web_identity
from tests.support.synthesized import ROOT
from tools.toolchain.cli import Cdktf
from tools.toolchain.commands import CommandError

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

ACCOUNT = "123456789012"
SETTINGS = {
    "app": "shop",
    "region": "eu-central-1",
    "domain": "shop.example.com",
    "protect": False,
    "customer_managed_key": True,
    "state": {"backend": "s3", "bucket": "shop-state"},
    "ci": {"repository": "acme/shop"},
    "push": {"repository": "acme/app"},
}
OWN, OTHER = (f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/{name}" for name in ("shop-dev", "other"))
STATE = "arn:aws:s3:::shop-state/dev-registry.tfstate"
CLAIMS = {
    "diff": {"sub": "repo:acme/shop:pull_request"},
    "deploy": {"sub": "repo:acme/shop:environment:dev", "ref": "refs/heads/main"},
    "push": {"sub": "repo:acme/app:environment:dev", "ref": "refs/heads/main"},
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("aws") / "log", region="eu-central-1") as aws:
        yield aws


def job(aws: LocalAws, role: str, **claims: str) -> dict[str, str]:
    """Return the environment of a job that has the session of a role."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/github-shop-dev-{role}"
    status, answer = with_web_identity(aws, arn, token(**CLAIMS[role] | claims))
    if status != 200:
        raise PermissionError(answer["Error"]["Message"])
    return aws.environment(credentials(answer))


@contextmanager
def without(aws: LocalAws, role: str, action: str) -> Iterator[None]:
    """Take an action from a role inside of the context."""
    iam = aws.client("iam")
    deny = policy({"Effect": "Deny", "Action": action, "Resource": "*"})
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=deny)
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="deny")


def denials(aws: LocalAws) -> set[tuple[str, str]]:
    """Return the role and the action of each denied request of a session."""
    return {
        (one["principal"].removeprefix(f"arn:aws:iam::{ACCOUNT}:role/github-shop-dev-"), one["action"])
        for one in aws.decisions()
        if not one["allowed"]
    }


@dataclass(frozen=True)
class Repository:
    """The repository of this project, whose jobs have the roles of the deployed stack `dev-ci`."""

    aws: LocalAws
    folder: Path

    def settings(self, **changed: object) -> None:
        """Write the settings file."""
        (self.folder / "environments.toml").write_text(tomli_w.dumps({"dev": SETTINGS | changed}), encoding="utf-8")

    def cdktf(self, log: str, variables: dict[str, str]) -> Cdktf:
        """Return a run of cdktf, whose provider writes its requests to a file."""
        logged = {"TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": str(self.folder / log)}
        own = variables | logged | {"ENVIRONMENTS_FILE": str(self.folder / "environments.toml")}
        return Cdktf(self.folder, variables=own, on_progress=lambda _: None)

    def called(self, log: str) -> set[str]:
        """Return the actions of the requests in a log."""
        return terraform_calls.actions(self.folder / log) - {"sts:GetCallerIdentity"}


@pytest.fixture(scope="module")
def project(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = Repository(aws, tmp_path_factory.mktemp("project"))
    made.settings()
    aws.client("s3").create_bucket(
        Bucket="shop-state", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    made.cdktf("roles", aws.environment()).deploy("dev-ci")
    return made


def test_only_jobs_of_the_branch_and_the_environment_get_the_deploy_role(aws: LocalAws, project: Repository) -> None:
    assert project.aws is aws
    with pytest.raises(PermissionError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        job(aws, "deploy", ref="refs/heads/other")
    assert denials(aws) == {(f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com", ASSUME)}


def test_a_role_that_lacks_a_permission_fails_and_names_it(aws: LocalAws, project: Repository, tmp_path: Path) -> None:
    diff, deploy = job(aws, "diff"), job(aws, "deploy")
    with without(aws, "github-shop-dev-deploy", "ecr:CreateRepository"):
        with pytest.raises(CommandError, match=r"is not\s+(│\s+)?authorized"):
            project.cdktf("denied", deploy).deploy("dev-registry")
        assert ("deploy", "ecr:CreateRepository") in denials(aws)
    project.cdktf("first", deploy).deploy("dev-registry")
    ended = application_of(aws, tmp_path).job.run(BUILD, LOG_IN, PUSH, WAIT)
    assert ended.failed == WAIT, ended.output
    assert "::error::The image is pushed, but nothing deploys it, because the environment has no pipeline yet." in (
        ended.output
    )
    project.settings(tags={"tier": "1"})
    project.cdktf("synth", diff).synth()
    with without(aws, "github-shop-dev-diff", "ecr:GetLifecyclePolicy"):
        with pytest.raises(CommandError, match=r"ecr:GetLifecyclePolicy"):
            project.cdktf("blind", diff).plan("dev-registry")
        assert ("diff", "ecr:GetLifecyclePolicy") in denials(aws)
    before = len(denials(aws))
    assert [change.verb for change in changes(project.cdktf("diff", diff).plan("dev-registry"))] == ["change"]
    assert len(denials(aws)) == before
    assert "ecr:DescribeRepositories" in project.called("diff")
    assert project.called("diff") <= {*READ_ANY, *READ}
    with pytest.raises(CommandError, match=r"ecr:TagResource"):
        project.cdktf("refused", diff).apply_plan("dev-registry")
    assert ("diff", "ecr:TagResource") in denials(aws)


def test_the_deploy_role_deploys_every_stack(aws: LocalAws, project: Repository) -> None:
    diff, deploy, before = job(aws, "diff"), job(aws, "deploy"), denials(aws)

    project.cdktf("deployment", deploy).deploy("dev-registry", "dev-dns", "dev-main")

    assert changes(project.cdktf("nothing", diff).plan("dev-main")) == []
    assert denials(aws) == before
    assert "ecr:DescribeRepositories" in project.called("deployment")
    may = decisions(aws)
    for action in (
        each for each in project.called("nothing") | project.called("deployment") if each.startswith("ecr:")
    ):
        assert [may("diff", action, OTHER), may("deploy", action, OTHER)] == [False, False]
    for action, allowed in (("s3:GetObject", [True, True]), ("s3:PutObject", [False, True])):
        assert [may("diff", action, STATE), may("deploy", action, STATE)] == allowed


ASSUME = "sts:AssumeRoleWithWebIdentity"


def decisions(aws: LocalAws) -> Callable[[str, str, str], bool]:
    """Return a function that asks IAM whether a role may use an action on a resource."""

    def may(role: str, action: str, resource: str) -> bool:
        principal, request = f"arn:aws:iam::{ACCOUNT}:role/github-shop-dev-{role}", Request(action, resource)
        return aws.decide(principal, request, account=ACCOUNT, region=aws.region).allowed

    return may


WORKFLOW = ROOT / "examples" / "app" / ".github" / "workflows" / "deliver.yml"
URL = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/shop-dev"
VARIABLES = {"REPOSITORY_URL": URL, "SERVICE_URL": "https://shop.example.com"}
BUILD, LOG_IN, PUSH, WAIT, SHOW = (
    "Build the image",
    "Log in to ECR",
    "Push the image",
    "Wait for the pipeline",
    "Show what is live",
)
NEEDED = {
    "codepipeline:ListActionExecutions": WAIT,
    "ecs:DescribeServices": SHOW,
    "ecs:ListTasks": SHOW,
    "ecs:DescribeTasks": SHOW,
    "ecr:GetAuthorizationToken": LOG_IN,
    "ecr:BatchGetImage": PUSH,
    "ecr:BatchCheckLayerAvailability": PUSH,
    "ecr:InitiateLayerUpload": PUSH,
    "ecr:UploadLayerPart": PUSH,
    "ecr:CompleteLayerUpload": PUSH,
    "ecr:PutImage": PUSH,
    "codepipeline:ListPipelineExecutions": PUSH,
}
"""Permission of the push role to the step of the workflow that fails without it.

The steps after the push come first: they look for the execution of the last push that went live.
"""


@dataclass(frozen=True)
class Application:
    """A clone of the application's repository, with a workflow that delivers it."""

    aws: LocalAws
    job: Job

    def write(self, content: str, *, command: str = FILE) -> None:
        """Write a Dockerfile, from which an image with another digest is built."""
        (self.job.folder / "Dockerfile").write_text(f'# {content}\nCMD ["{command}"]\n', encoding="utf-8")

    def live(self) -> str:
        """Return the image that the service runs."""
        ecs = self.aws.client("ecs")
        [task] = ecs.describe_tasks(cluster="shop-dev", tasks=ecs.list_tasks(cluster="shop-dev")["taskArns"])["tasks"]
        return str(task["containers"][0]["image"])

    def push_by_hand(self, content: bytes) -> None:
        """Push an image from elsewhere."""
        registry.push(self.aws.client("ecr"), "shop-dev", "latest", Image.build(content))

    def executions(self) -> dict[str, str]:
        """Return the status of each execution of the pipeline, by its id."""
        newest = Executions(self.aws.client("codepipeline"), "shop-dev").newest()
        return {execution.id: execution.status for execution in newest}

    def in_progress(self) -> list[str]:
        """Return the executions of the pipeline that are in progress."""
        return [execution for execution, status in self.executions().items() if status == "InProgress"]

    def pushed(self) -> str:
        """Return the digest of the image with the watched tag."""
        found = self.aws.client("ecr").describe_images(repositoryName="shop-dev", imageIds=[{"imageTag": "latest"}])
        return str(found["imageDetails"][0]["imageDigest"])


def application_of(aws: LocalAws, folder: Path) -> Application:
    """Return an application with a first commit, and a session of the push role for its workflow."""
    (repository := folder / "application").mkdir()
    (temp := folder / "runner").mkdir()
    made = Application(aws, Job(WORKFLOW, "deliver", repository, temp, job(aws, "push"), VARIABLES))
    made.write("pushed before the system is deployed")
    return made


@pytest.fixture(scope="module")
def application(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Application:
    return application_of(aws, tmp_path_factory.mktemp("github"))


def test_only_the_branch_of_the_application_assumes_the_push_role(aws: LocalAws) -> None:
    for claims in ({"sub": "repo:acme/shop:environment:dev"}, {"ref": "refs/heads/other"}):
        with pytest.raises(PermissionError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
            job(aws, "push", **claims)


def test_a_push_goes_live_and_the_workflow_says_so(application: Application) -> None:
    application.write("first")

    ended = application.job.run()

    assert ended.failed is None, ended.output
    assert f"Live: {URL}@{application.pushed()}\nRevision: arn:aws:ecs:" in ended.output
    assert ended.output.endswith("\nURL: https://shop.example.com\n")
    assert (application.job.temp / "summary").read_text(encoding="utf-8") in ended.output


def test_the_workflow_needs_each_permission_of_the_push_role(aws: LocalAws) -> None:
    rights = aws.client("iam").get_role_policy(RoleName="github-shop-dev-push", PolicyName="rights")["PolicyDocument"]

    assert {action for statement in rights["Statement"] for action in statement["Action"]} == NEEDED.keys()


@pytest.mark.parametrize("action", NEEDED)
def test_without_a_permission_the_workflow_names_it(action: str, application: Application) -> None:
    """The steps before the failing step ran in the test above. A push needs an image that ECR does not have."""
    application.write(f"without {action}")
    before, step = len(application.aws.decisions()), NEEDED[action]

    with without(application.aws, "github-shop-dev-push", action):
        ended = application.job.run(BUILD, step) if step == PUSH else application.job.run(step)

    assert ended.failed == step, ended.output
    named = "HEAD" in ended.output and f"push role lacks {action}" in ended.output  # docker shows the status 403 only
    assert named if action.endswith("Availability") else f"not authorized to perform: {action}" in ended.output
    assert {one["action"] for one in application.aws.decisions()[before:] if not one["allowed"]} == {action}


def test_a_second_push_of_the_same_image_is_live_already(application: Application) -> None:
    application.write("first")
    executions = application.executions()

    ended = application.job.run()

    assert ended.failed is None, ended.output
    assert "The tag latest already named this image, so the push starts no execution of the pipeline.\n" in ended.output
    assert f"Live: {URL}@{application.pushed()}\n" in ended.output
    assert application.executions() == executions


def test_an_image_that_cannot_start_fails_the_workflow_with_the_reason(application: Application) -> None:
    running = application.live()
    application.write("broken", command="/none")

    ended = application.job.run()

    assert ended.failed == WAIT, ended.output
    assert re.search(r"::error::Execution [0-9a-f-]{36} is Stopped: .*CannotStartContainerError.*/none", ended.output)
    assert application.live() == running


def test_a_pushed_image_that_is_not_live_fails_the_workflow(application: Application) -> None:
    """The tag names the image of the failed deployment, so the push of the same image sends no event."""
    ended = application.job.run()

    assert ended.failed == SHOW, ended.output
    assert (
        f"::error::The service shop-dev does not run {application.pushed()}, but {application.live()}\n" in ended.output
    )
    assert f"revisionType=IMAGE_DIGEST,revisionValue={application.pushed()}\n" in ended.output


def test_a_push_of_an_older_image_follows_its_own_execution(application: Application) -> None:
    """An execution of the same image has succeeded before. The new execution starts a few seconds after the push."""
    executions = Executions(application.aws.client("codepipeline"), "shop-dev")
    application.write("first")

    with without_events(application.aws), ThreadPoolExecutor() as threads:
        pushed = application.job.run(BUILD, PUSH)
        waiting = threads.submit(application.job.run, WAIT, SHOW)
        time.sleep(3)  # the workflow has looked for the execution in this time
        own = executions.start(application.pushed())
        ended = waiting.result()

    assert (pushed.failed, ended.failed) == (None, None), pushed.output + ended.output
    assert ended.output.startswith(f"Execution {own}\n")


@contextmanager
def without_events(aws: LocalAws) -> Iterator[None]:
    """Let pushes inside of the context start no execution."""
    events = aws.client("events")
    events.disable_rule(Name="shop-dev-push")
    yield
    events.enable_rule(Name="shop-dev-push")


def test_a_superseded_push_is_no_success(application: Application, tmp_path: Path) -> None:
    """The first push is in the stage Build, the workflow's push waits for the stage, and a third push supersedes it."""
    go = tmp_path / "go"
    application.write("superseded")

    with builds_held_until(application.aws, go), ThreadPoolExecutor() as threads:
        application.push_by_hand(b"first")
        until(lambda: len(application.in_progress()) == 1)
        running = threads.submit(application.job.run)
        until(lambda: len(application.in_progress()) == 2)
        application.push_by_hand(b"third")
        ended = running.result()
        go.touch()
        until(lambda: not application.in_progress())

    assert ended.failed == WAIT, ended.output
    assert "::error::A newer push has superseded this one: execution " in ended.output
    assert application.live() == f"{URL}@{application.pushed()}"


@contextmanager
def builds_held_until(aws: LocalAws, file: Path) -> Iterator[None]:
    """Let the builds inside of the context wait for a file."""
    codebuild, name = aws.client("codebuild"), "shop-dev-image-definitions"
    [project] = codebuild.batch_get_projects(names=[name])["projects"]
    codebuild.update_project(name=name, source=project["source"] | {"buildspec": held_until_there_is(file)})
    yield
    codebuild.update_project(name=name, source=project["source"])
