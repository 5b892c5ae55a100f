"""`make diff` and `make apply` on deployed, changed and broken stacks, and with a restored database."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localaws.server import LocalAws
from rehearsal.images.image import push_image
from tests.support import deploy_action, operations_page
from tests.test_docs import blocks
from tools import toolchain

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

SETTINGS = """
[dev]
app = "shop"
region = "eu-central-1"
domain = "shop.example.com"
protect = false
database.engine_version = 17
"""

UPGRADED = SETTINGS.replace("engine_version = 17", "engine_version = 18\ndatabase.apply_immediately = true")

OTHERS = """
service.desired_count = 2
service.container_health_check.command = ["CMD-SHELL", "wget -q http://localhost:3000/ && exit 0"]
pipeline.build_compute = "LAMBDA"
"""


@dataclass(frozen=True)
class Team:
    """A user with a settings file, a folder for state and output, and an AWS."""

    aws: LocalAws
    folder: Path

    def write(self, settings: str) -> None:
        (self.folder / "environments.toml").write_text(settings, encoding="utf-8")

    def changes(
        self, *arguments: str, environment: str = "dev", **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        return self._run([sys.executable, "-m", "operations.diff", environment, *arguments], variables)

    def summary(self) -> str:
        return (self.folder / "output" / "diff-dev.md").read_text(encoding="utf-8")

    def files(self, stack: str) -> dict[str, int]:
        """Return the files that `make apply` needs, with the times of their last changes."""
        folder = self.folder / "output" / "stacks" / stack
        names = ("cdk.tf.json", ".terraform.lock.hcl", ".terraform/providers", "diff.tfplan")
        return {name: (folder / name).stat().st_mtime_ns for name in names}

    def image(self) -> str:
        """Return the image that the service runs."""
        ecs = self.aws.client("ecs")
        [service] = ecs.describe_services(cluster="shop-dev", services=["shop-dev"])["services"]
        runs = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        return str(runs["containerDefinitions"][0]["image"])

    def push_by_hand(self) -> str:
        """Deploy an image as the pipeline does after a push, and return the new revision."""
        made = deploy_action.deploy(self.aws.client("ecs"), cluster="shop-dev", service="shop-dev", image="pushed")
        return f"{made['family']}:{made['revision']}"

    def project(self) -> dict[str, object]:
        """Return compute type, timeout and ARN of the build project."""
        codebuild = self.aws.client("codebuild")
        [project] = codebuild.batch_get_projects(names=["shop-dev-image-definitions"])["projects"]
        environment = "{type} {computeType}".format(**project["environment"])
        return {"environment": environment} | {name: project[name] for name in ("timeoutInMinutes", "arn")}

    def lock_another_provider(self, stack: str) -> None:
        """Write another provider version into the lock file, as after a change of the settings."""
        lock = self.folder / "output" / "stacks" / stack / ".terraform.lock.hcl"
        lock.write_text(re.sub(r'version( +)= ".*"', r'version\1= "4.0.0"', lock.read_text()))

    def database(self) -> dict[str, Any]:
        """Return the database, as RDS describes it."""
        [found] = self.aws.client("rds").describe_db_instances(DBInstanceIdentifier="shop-dev")["DBInstances"]
        return dict(found)

    def snapshot(self, name: str) -> None:
        """Take a snapshot of the database."""
        self.aws.client("rds").create_db_snapshot(DBInstanceIdentifier="shop-dev", DBSnapshotIdentifier=name)

    def secrets_in_use(self) -> dict[str, set[str]]:
        """Return the ARNs of secrets of RDS that the running container, its execution role and the rules name."""
        ecs, iam, events = (self.aws.client(service) for service in ("ecs", "iam", "events"))
        [service] = ecs.describe_services(cluster="shop-dev", services=["shop-dev"])["services"]
        runs = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        role = runs["executionRoleArn"].rpartition("/")[2]
        policies = [
            iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        named = {"container": runs["containerDefinitions"], "role": policies, "rules": events.list_rules()["Rules"]}
        return {name: set(re.findall(r"arn:aws:[-:\w]+:rds![-\w]+", json.dumps(each))) for name, each in named.items()}

    def paste(self, block: str) -> str:
        """Run a block of docs/operations.md as this user, who waits less, and return its output."""
        own = {"example-app-dev": "shop-dev", "sleep 10": "sleep 1"}
        for example, replacement in own.items():
            block = block.replace(example, replacement)
        variables = self.aws.environment() | {"CDKTF_OUTPUT": str(self.folder / "output")}
        return operations_page.run(block, variables, self.folder)

    def restore(self, request: str, *, leave_out: str = "", twice: bool = False) -> None:
        """Restore the database, until the last diff, with one of the two requests that the page offers.

        Args:
            request: A part of the name of the request.
            leave_out: A pattern of the options that the request must not have.
            twice: Whether to repeat each step, as after an interruption.
        """
        for step in restore_steps("describe-db-snapshots", request, "--manage-master", "--new-db", "state rm"):
            now = re.sub(r"(?<=--restore-time )\S+", datetime.now(UTC).isoformat(), step)
            text = re.sub(leave_out, "", now)
            self.paste(text)
            if twice:
                self.paste(f"set +e\n{text}\ntrue")

    def plans(self, environment: str = "dev") -> set[str]:
        """Return the stacks of an environment with a plan in their folder."""
        return {file.parent.name for file in self.folder.rglob(f"{environment}-*/diff.tfplan")}

    def _run(self, command: list[str], variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        own = {
            "ENVIRONMENTS_FILE": str(self.folder / "environments.toml"),
            "CDKTF_OUTPUT": str(self.folder / "output"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(
            command,
            cwd=toolchain.ROOT,
            env=self.aws.environment() | own | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def restore_steps(*named: str) -> list[str]:
    """Return the blocks of docs/operations.md that restore the database and contain these texts, one for each text."""
    steps = blocks(operations_page.section(operations_page.RESTORE), "sh")
    return [step for name in named for step in steps if name in step]


def assert_takes_over(team: Team, before: dict[str, Any], *older: str) -> None:
    """Deploy after a restore, and check that the new instance differs from the old one as docs/operations.md says.

    Args:
        team: The user who has restored.
        before: The old instance.
        older: The members of the answer of RDS that differ because the restore is from before an upgrade.
    """
    shown, summary = team.changes(), team.summary()
    applied, after = team.changes("--apply"), team.changes()

    codes = (shown.returncode, applied.returncode, after.returncode)
    assert codes == (2, 0, 0), summary + applied.stderr + after.stdout
    groups = ["aws_db_parameter_group"] if older else []
    replaced = re.findall(r"^- (?:replace|destroy) `(\w+)", summary, re.MULTILINE)
    assert replaced == [*groups, "aws_ecs_task_definition"]
    restored = team.database()
    assert {name for name in before if restored[name] != before[name]} == {
        "DbiResourceId",
        "InstanceCreateTime",
        "LatestRestorableTime",
        "MasterUserSecret",
        *older,
    }
    secret = restored["MasterUserSecret"]["SecretArn"]
    assert team.secrets_in_use() == {"container": {secret}, "role": {secret}, "rules": {secret}}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("team")
    with LocalAws.start(folder / "aws.log", region="eu-central-1") as aws:
        yield Team(aws, folder)


class TestTheLifeOfAnEnvironment:
    """The steps of one environment, in order; each depends on the one before it."""

    LIFECYCLE = "aws_ecr_lifecycle_policy.repository_lifecycle_E10FE1C4"

    def test_two_stacks_are_planned_first_and_the_third_waits(self, team: Team, tmp_path: Path) -> None:
        team.write(SETTINGS)
        step, output = tmp_path / "step", tmp_path / "output"

        process = team.changes(GITHUB_STEP_SUMMARY=str(step), GITHUB_OUTPUT=str(output))

        assert process.returncode == 2, process.stdout + process.stderr
        assert "dev-main: waits for dev-dns, dev-registry" in process.stdout
        assert step.read_text() == team.summary()
        assert (
            team.summary()
            == f"""\
<!-- changes: dev -->
## dev: 9 to add; 1 stack waits

### dev-registry: 6 to add

- add `{self.LIFECYCLE}`
- add `aws_ecr_repository.repository`
- add `output.cross-stack-output-aws_ecr_repositoryrepositoryarn`
- add `output.cross-stack-output-aws_ecr_repositoryrepositoryname`
- add `output.cross-stack-output-aws_ecr_repositoryrepositoryrepository_url`
- add `output.repository_url`

### dev-dns: 3 to add

- add `aws_route53_zone.zone`
- add `output.cross-stack-output-aws_route53_zonezonezone_id`
- add `output.name_servers`

### dev-main: waits for dev-dns, dev-registry

The changes of this stack are known only after those stacks are deployed.
"""
        )
        assert output.read_text() == "exit-code=2\n"

    def test_a_diff_of_another_environment_keeps_plan_and_folder(self, team: Team) -> None:
        team.write(SETTINGS + SETTINGS.replace("dev", "other").replace("shop.", "other."))
        before, summary = team.files("dev-dns"), team.summary()

        process = team.changes(environment="other")

        assert process.returncode == 2, process.stdout + process.stderr
        assert team.plans("other") == {"other-registry", "other-dns"}
        assert (team.files("dev-dns"), team.summary()) == (before, summary)

    def test_apply_applies_what_was_shown_and_says_what_waited(self, team: Team) -> None:
        process = team.changes("--apply")

        assert process.returncode == 1
        assert process.stderr == (
            "✗ dev-main: was not planned, because it depends on stacks that had to be deployed first; "
            "run `make diff ENV=dev`, then `make apply ENV=dev`\n"
        )
        [repository] = team.aws.client("ecr").describe_repositories()["repositories"]
        assert repository["repositoryName"] == "shop-dev"

    def test_a_plan_is_applied_once_and_refused_when_it_is_stale(self, team: Team) -> None:
        process = team.changes("--apply")

        assert process.returncode == 1
        assert "Saved plan is stale" in process.stderr
        refusal = (
            "✗ dev-registry: was not applied; Terraform exited with 1 and printed the reason; run `make diff ENV=dev`"
        )
        assert refusal in process.stderr

    def test_the_third_stack_is_planned_after_the_first_two(self, team: Team) -> None:
        """The repository has its first image."""
        push_image(team.aws.client("ecr"), "shop-dev", "latest", b"first")

        shown, applied, after = team.changes(), team.changes("--apply"), team.changes()

        assert shown.returncode == 2, shown.stdout + shown.stderr
        assert "dev-registry: no changes\ndev-dns: no changes\ndev-main: " in shown.stdout
        assert applied.returncode == 0, applied.stderr
        assert after.returncode == 0, after.stdout + after.stderr
        assert team.summary().startswith("<!-- changes: dev -->\n## dev: no changes\n")

    def test_a_plan_from_before_a_push_is_refused(self, team: Team) -> None:
        team.write(UPGRADED + OTHERS)
        team.lock_another_provider("dev-registry")
        shown, revision = team.changes(), team.push_by_hand()

        refused = team.changes("--apply")

        assert (shown.returncode, refused.returncode) == (2, 1)
        assert refused.stderr == (
            f"✗ dev-main: the plan would undo the deployment of {revision}, which is newer than the plan; "
            "run `make diff ENV=dev`, then `make apply ENV=dev`\n"
        )

    def test_changed_settings_are_applied_in_place(self, team: Team) -> None:
        """The provider sends no timeout to Lambda compute. The next diff is empty."""
        before = team.project()
        team.snapshot("shop-dev-before-18")

        shown, summary = team.changes(), team.summary()
        applied, after = team.changes("--apply"), team.changes()

        assert (shown.returncode, applied.returncode, after.returncode) == (2, 0, 0), applied.stderr + after.stdout
        assert "  - `desired_count`: `1` → `2`\n" in summary
        assert "- change `aws_codebuild_project.pipeline_image_definitions" in summary
        assert "destroy" not in summary
        assert team.project() == {
            "environment": "LINUX_LAMBDA_CONTAINER BUILD_LAMBDA_1GB",
            "timeoutInMinutes": 15,
            "arn": before["arn"],
        }
        assert team.image() == "pushed"

    def test_postgresql_was_upgraded_by_its_setting(self, team: Team) -> None:
        [group] = team.database()["DBParameterGroups"]
        groups = team.aws.client("rds").describe_db_parameter_groups()["DBParameterGroups"]
        families = {each["DBParameterGroupName"]: each["DBParameterGroupFamily"] for each in groups}

        assert team.database()["EngineVersion"].startswith("18.")
        assert {name: families[name] for name in families if not name.startswith("default.")} == {
            group["DBParameterGroupName"]: "postgres18"
        }

    def test_a_database_from_before_the_upgrade_takes_over(self, team: Team) -> None:
        """The steps are those of docs/operations.md, in the order for a snapshot from before an upgrade."""
        upgraded = team.database()

        team.restore("restore-db-instance-from-db-snapshot", leave_out=r'--db-parameter-group-name "[^"]*"')
        team.paste(*restore_steps("delete-db-instance"))
        team.write(SETTINGS + OTHERS)

        assert_takes_over(team, upgraded, "DBParameterGroups", "EngineVersion", "OptionGroupMemberships")
        team.paste(*restore_steps("reboot-db-instance"))
        assert team.database()["EngineVersion"].startswith("17.")

    @pytest.mark.thorough("the same steps, after another request to RDS, which has tests in tests/localaws/rds")
    def test_a_database_of_an_earlier_time_takes_over(self, team: Team) -> None:
        """A repeated step changes nothing."""
        before = team.database()

        team.restore("restore-db-instance-to-point-in-time", twice=True)

        assert_takes_over(team, before)

    @pytest.mark.thorough("the way back, after the way there")
    def test_reverted_settings_are_applied_in_place(self, team: Team) -> None:
        """With EC2 compute, the provider sends every timeout again."""
        team.write(SETTINGS)

        back = [team.changes().returncode, team.changes("--apply").returncode]

        assert back == [2, 0]
        assert team.project()["environment"] == "LINUX_CONTAINER BUILD_GENERAL1_SMALL"
        assert team.project()["timeoutInMinutes"] == 5

    def test_a_new_domain_replaces_the_zone_with_a_caution(self, team: Team) -> None:
        """The main stack waits."""
        team.write(SETTINGS.replace("shop.example.com", "store.example.com"))

        process = team.changes()

        assert process.returncode == 2, process.stdout + process.stderr
        assert (
            "> [!CAUTION]\n> The data in these resources is lost:\n> - dev-dns: replace `aws_route53_zone.zone`\n"
            in team.summary()
        )
        assert '`"shop.example.com"` → `"store.example.com"`, which forces the replacement' in team.summary()
        assert "### dev-registry: no changes" in team.summary()
        assert "### dev-main: waits for dev-dns" in team.summary()
        assert team.plans() == {"dev-registry", "dev-dns"}

    def test_a_stack_that_cannot_be_planned_hides_no_other(self, team: Team) -> None:
        team.write(SETTINGS + 'hosted_zone_id = "Z0123456789"\n')

        process = team.changes()

        assert process.returncode == 1
        assert "### dev-dns: cannot be planned" in team.summary()
        fault = "dev.hosted_zone_id: must be a hosted zone of the account, got Z0123456789."
        assert fault in " ".join(team.summary().split())
        assert "### dev-registry: no changes" in team.summary()
        assert "### dev-main: waits for dev-dns" in team.summary()
        assert "Traceback" not in process.stdout + process.stderr

    def test_a_failed_diff_is_not_applied(self, team: Team) -> None:
        process = team.changes("--apply")

        assert team.plans() == set()
        assert (process.returncode, process.stderr) == (
            1,
            "✗ dev: was not planned yet, or its last diff failed; run `make diff ENV=dev`, then `make apply ENV=dev`\n",
        )

    def test_a_bad_file_or_an_unknown_environment_is_one_message(self, team: Team, tmp_path: Path) -> None:
        output = tmp_path / "output"
        team.write(SETTINGS.replace("[dev]", "[prod]"))
        unknown = team.changes()
        team.write(SETTINGS + "x = 1\n")
        bad = team.changes(GITHUB_OUTPUT=str(output))

        assert (unknown.returncode, unknown.stdout, unknown.stderr) == (
            1,
            "",
            f"✗ {team.folder / 'environments.toml'}: unknown environment dev; known environments: prod\n",
        )
        assert bad.returncode == 1
        assert bad.stderr.startswith("✗ environments.toml: dev.x: unknown setting; known settings: app, region")
        assert team.summary() == (
            "<!-- changes: dev -->\n## dev: cannot be planned\n\n"
            f"```text\n{bad.stderr.removeprefix('✗ ').rstrip()}\n```\n"
        )
        assert output.read_text() == "exit-code=1\n"

    def test_without_a_diff_there_is_nothing_to_apply(self, team: Team, tmp_path: Path) -> None:
        team.write(SETTINGS)

        process = team.changes("--apply", CDKTF_OUTPUT=str(tmp_path / "other"))

        assert (process.returncode, process.stderr) == (
            1,
            "✗ dev: was not planned yet, or its last diff failed; run `make diff ENV=dev`, then `make apply ENV=dev`\n",
        )
