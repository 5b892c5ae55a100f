"""The program behind `make comment`: writes the last diff of an environment into a comment of a pull request.

Each environment has one comment, which every run updates.

https://docs.github.com/en/rest/issues/comments
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from github import Auth, Github
from github.GithubException import GithubException
from github.PullRequest import PullRequest
from requests import RequestException

from operations import command
from operations.command import CONSOLE
from operations.diff import stacks, summary
from tools import toolchain
from tools.toolchain import files
from tools.toolchain.program import refuse

PUBLIC_API = "https://api.github.com"


def main() -> int:
    """Write the comment of the pull request on the command line, and return the exit code."""
    parser = command.Parser(prog="make comment", description=__doc__)
    parser.add_argument("environment", type=command.environment)
    parser.add_argument("pull_request", type=int)
    arguments = parser.parse_args()
    return command.run(lambda: _run(arguments.environment, arguments.pull_request, os.environ))


def _run(name: str, number: int, variables: Mapping[str, str]) -> int:
    if missing := [variable for variable in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not variables.get(variable)]:
        return refuse(f"{' and '.join(missing)} must be set, as in a GitHub Actions job")
    file = stacks.summary_file(toolchain.output_folder(), name)
    if not file.is_file():
        return refuse(f"{name}: was not planned yet; run `make diff ENV={name}`, then `make comment` again")
    repository, token = variables["GITHUB_REPOSITORY"], variables["GITHUB_TOKEN"]
    if not re.fullmatch("[!-~]+", token):
        return refuse("GITHUB_TOKEN: must be a token, without spaces, line breaks and characters outside of ASCII")
    api = variables.get("GITHUB_API_URL") or PUBLIC_API
    try:
        github = Github(auth=Auth.Token(token), base_url=api, retry=2, lazy=True)
        url = write(github.get_repo(repository).get_pull(number), name, file)
    except (GithubException, RequestException) as error:
        return refuse(f"pull request {number} of {repository} was not commented on: {error}")
    except (AssertionError, AttributeError, TypeError, ValueError):  # PyGithub raises these if the server is not GitHub
        return refuse(
            f"pull request {number} of {repository} was not commented on: {api} does not answer as GitHub does"
        )
    CONSOLE.print(url, soft_wrap=True, highlight=False)
    return 0


def write(pull_request: PullRequest, name: str, file: Path) -> str:
    """Write the file into the bot's comment for the environment, or into a new one. Return the comment's URL."""
    text = summary.fit(files.text(file))
    for comment in pull_request.get_issue_comments():
        # A person can write a comment with the same first line. Only a comment by a bot is updated.
        if comment.body.startswith(summary.marker(name)) and comment.user.type == "Bot":
            comment.edit(text)
            return comment.html_url
    return pull_request.create_issue_comment(text).html_url


if __name__ == "__main__":
    sys.exit(main())
