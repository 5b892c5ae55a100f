"""Errors of ECR's API. moto takes the service of an error from the folder of the error's class, here `ecr`."""

from moto.core.exceptions import ServiceException


class EcrError(ServiceException):
    """An error of ECR's API for which moto has no class.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
    """
