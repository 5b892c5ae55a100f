"""Progress of a deployment, read from the lines of cdktf."""

from tools.toolchain.progress import Progress, ProgressLines


def test_progress_is_read_per_stack() -> None:
    seen: list[Progress] = []
    lines = ProgressLines(seen.append)

    for line in (
        "dev-dns  Terraform will perform the following actions:",
        "         Plan: 1 to add, 0 to change, 0 to destroy.",
        "dev-main  Plan: 3 to add, 1 to change, 1 to destroy.",
        "dev-dns  aws_route53_zone.zone (zone/Default): Creating...",
        "dev-main  aws_vpc.network (network/Default): Creation complete after 2s [id=vpc-1]",
        "          aws_eip.address (address): Modifications complete after 0s",
        "dev-dns  aws_route53_zone.zone (zone/Default): Creation complete after 31s [id=Z1]",
        "dev-main  aws_eip.old (old): Destruction complete after 0s",
    ):
        lines.read(line)

    assert seen == [
        Progress("dev-dns", 0, 1),
        Progress("dev-main", 0, 5),
        Progress("dev-main", 1, 5),
        Progress("dev-main", 2, 5),
        Progress("dev-dns", 1, 1),
        Progress("dev-main", 3, 5),
    ]
    assert lines.total == 4
