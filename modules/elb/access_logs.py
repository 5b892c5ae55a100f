"""The bucket for the load balancer's access logs."""

from constructs import Construct

from modules.account import account_id
from modules.bucket import PrivateBucket
from modules.environment import Environment


class AccessLogBucket(Construct):
    """A private bucket for the access logs of the account's load balancers. Logs expire after the retention period.

    Objects are encrypted with S3's own key, the only key that Elastic Load Balancing supports.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)

        bucket = PrivateBucket(
            self,
            "Default",
            bucket_prefix=f"{environment.name}-lb-logs-",
            force_destroy=not environment.protect,
        )
        bucket.expire_objects(environment.log_retention_days)
        bucket.allow_service(
            "DeliverLogs",
            "logdelivery.elasticloadbalancing.amazonaws.com",
            action="s3:PutObject",
            objects=f"AWSLogs/{account_id(self)}/*",
        )

        self.policy = bucket.policy
        """The bucket policy, for the `depends_on` of the load balancer."""
        self.name = bucket.name
