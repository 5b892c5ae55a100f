"""Fixes for KMS where moto answers differently from AWS."""

from moto.kms.models import KmsBackend as Backend


def tells_its_own_keys_from_a_customers() -> None:
    """Return AWS as the manager of an AWS managed key, such as `alias/aws/secretsmanager`.

    moto returns CUSTOMER.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
    """
    generate = Backend._generate_default_keys

    def generate_default_keys(self: Backend, alias_name: str) -> str | None:
        key_id = generate(self, alias_name)
        if key_id:
            self.keys[key_id].key_manager = "AWS"
        return key_id

    Backend._generate_default_keys = generate_default_keys


FIXES = (tells_its_own_keys_from_a_customers,)
