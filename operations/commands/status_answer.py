"""Status: what runs in an environment, what is in progress, and what is unusual."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from operations.commands.answer import Exit, SystemAnswer
from operations.images.repository import PushedImage
from operations.preflight.finding import Finding, Kind
from operations.system.alarms import Alarm
from operations.system.certificate import Certificate
from operations.system.database import Database, Password
from operations.system.load_balancer import Target
from operations.system.pipeline import FAILED, IN_PROGRESS, Stage
from operations.system.service import Running

EXPIRY = timedelta(days=45)
"""The time before the expiry of a certificate at which ACM first reports that it could not renew the certificate.

https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html
"""

NORMAL_TARGETS = {"healthy", "initial", "draining"}
"""The states of targets that are healthy, new or about to stop.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#target-health-states
"""

AVAILABLE = {"available", "backing-up", "storage-optimization", "storage-initialization"}
CHANGING = {
    "configuring-enhanced-monitoring",
    "configuring-iam-database-auth",
    "configuring-log-exports",
    "converting-to-vpc",
    "creating",
    "maintenance",
    "modifying",
    "moving-to-vpc",
    "rebooting",
    "renaming",
    "resetting-master-credentials",
    "starting",
    "storage-config-upgrade",
    "upgrading",
}
"""Statuses of a database that needs no attention. All other statuses are unusual.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
"""


class Status(SystemAnswer):
    """The status of an environment. A part that is missing is None, and in `not_read`."""

    service: Running | None = None
    targets: list[Target] | None = None
    """The targets of the load balancer."""
    image: PushedImage | None = None
    """The image that the service runs."""
    pipeline: list[Stage] | None = None
    certificate: Certificate | None = None
    delegation: Finding | None = None
    """What the preflight finds about the delegation of the domain. It is not checked in a rehearsal."""
    database: Database | None = None
    password: Password | None = None
    alarms: list[Alarm] | None = None
    in_progress: list[str]
    unusual: list[str]

    @property
    def exit_code(self) -> Exit:
        """The exit code of the command."""
        return Exit.UNUSUAL if self.unusual else super().exit_code


def judged(read: Status) -> Status:
    """Return the status with the lists of what is in progress and of what is unusual."""
    judges = (_service, _targets, _image, _pipeline, _certificate, _delegation, _database, _alarms)
    found = [line for judge in judges for line in judge(read)]
    return read.model_copy(
        update={
            "in_progress": [text for normal, text in found if normal],
            "unusual": [text for normal, text in found if not normal],
        }
    )


Judgement = tuple[bool, str]
"""Whether it is normal that something is in progress, and what it is. What is not normal is unusual."""


def _service(read: Status) -> Iterator[Judgement]:
    if service := read.service:
        if service.fault:
            yield service.in_progress or service.scales_out, f"service: {service.fault}"
        elif len(service.digests) > 1:
            yield False, f"service: the tasks run {len(service.digests)} images for {service.image}"
        if service.rolled_back:
            yield False, f"service: the deployment of {service.rolled_back} has failed; ECS rolled it back (ops why)"


def _targets(read: Status) -> Iterator[Judgement]:
    changes = bool(read.service and (read.service.in_progress or read.service.scales_out))
    for target in read.targets or []:
        if target.state not in NORMAL_TARGETS:
            details = f" ({target.description})" if target.description else ""
            yield changes, f"targets: {target.id} is {target.state}: {target.reason}{details}"


def _image(read: Status) -> Iterator[Judgement]:
    if read.service and read.service.digest and not read.image and "image" not in {each.part for each in read.not_read}:
        yield False, f"image: the repository does not have {read.service.digest}, so no new task can start"


def _pipeline(read: Status) -> Iterator[Judgement]:
    for stage in read.pipeline or []:
        if stage.status in IN_PROGRESS:
            yield True, f"stage {stage.name}: execution {stage.execution} is {stage.status}"
        if stage.status in FAILED:
            error = f": {stage.error}" if stage.error else ""
            yield False, f"stage {stage.name}: execution {stage.execution} is {stage.status}{error}"
        for execution in stage.waiting:
            yield True, f"stage {stage.name}: execution {execution} waits before the stage"
        if stage.disabled:
            yield False, f"stage {stage.name}: the transition into the stage is disabled ({stage.disabled_details})"


def _certificate(read: Status) -> Iterator[Judgement]:
    if found := read.certificate:
        if found.status != "ISSUED":
            yield False, f"certificate: the certificate of {found.domain} is {found.status}"
        elif found.expires and found.expires - datetime.now(UTC) < EXPIRY:
            yield False, f"certificate: ACM has not renewed the certificate, which expires on {found.expires:%Y-%m-%d}"


def _delegation(read: Status) -> Iterator[Judgement]:
    if read.delegation and read.delegation.kind in (Kind.PROBLEM, Kind.WARNING):
        yield False, f"delegation: {read.delegation.text}; {read.delegation.advice}"


def _database(read: Status) -> Iterator[Judgement]:
    if read.database and read.database.status not in AVAILABLE:
        yield read.database.status in CHANGING, f"database: its status is {read.database.status}"
    elif read.database and not read.database.secret:
        yield False, "database: RDS does not manage its master password"


def _alarms(read: Status) -> Iterator[Judgement]:
    for alarm in read.alarms or []:
        if alarm.state == "ALARM":
            yield False, f"alarm {alarm.name}: {alarm.reason}"
