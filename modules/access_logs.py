"""What was asked of the load balancer."""

from constructs import Construct

from modules.account import account_id
from modules.bucket import PrivateBucket
from modules.iam import statement


class AccessLogBucket(PrivateBucket):
    """A private bucket into which load balancers of the account write their access logs, and which forgets them.

    Its key is S3's: Elastic Load Balancing can write with no other.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, retention_days: int, protect: bool) -> None:
        super().__init__(scope, id_, bucket_prefix=f"{name}-lb-logs-", force_destroy=not protect)

        self._expire(retention_days)
        self._add(
            statement(
                "Allow",
                intent="DeliverLogs",
                principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                actions="s3:PutObject",
                resources=f"{self.arn}/AWSLogs/{account_id(self)}/*",
            )
        )
