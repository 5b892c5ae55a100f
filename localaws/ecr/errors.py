"""How ECR refuses: moto tells the service of an error by the folder that its class is in."""

from moto.core.exceptions import ServiceException


class EcrError(ServiceException):
    """An error of ECR's API, of a code that moto has no class for.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
    """
