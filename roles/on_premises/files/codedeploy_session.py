# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes temporary AWS credentials from a command and puts them where the CodeDeploy agent reads them.

Usage: python3 codedeploy-session CONFIG. The file CONFIG holds {"command": [...], "credentials_file": "..."}. The
command answers as AWS's SDKs ask of a credential_process: JSON with Version 1, AccessKeyId, SecretAccessKey,
SessionToken and Expiration.
Nothing of it is ever printed. What is there is replaced at once and as a whole, or left.
"""

import contextlib
import json
import os
import subprocess
import sys

MEMBERS = {
    "AccessKeyId": "aws_access_key_id",
    "SecretAccessKey": "aws_secret_access_key",
    "SessionToken": "aws_session_token",
    "Expiration": "x_security_token_expires",
}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    credentials = ask(config["command"])
    write(config["credentials_file"], credentials)
    print("A session until {} is in {}.".format(credentials["Expiration"], config["credentials_file"]))


def ask(command):
    """The answer's members; ends the program with a sentence where there is none."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"{command[0]} gave no credentials: {error}")
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}; what it says stands before.")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or answer.get("Version") != 1:
        sys.exit(f"{command[0]} did not answer with the JSON, Version 1, of a credential_process.")
    missing = [name for name in MEMBERS if not isinstance(answer.get(name), str)]
    if missing:
        sys.exit("{} gave no {}: no temporary credentials.".format(command[0], " and no ".join(missing)))
    return answer


def write(path, credentials):
    lines = ["[default]"] + [f"{MEMBERS[name]} = {credentials[name]}" for name in MEMBERS]
    new = path + ".new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    # Root's alone from its first byte on.
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


if __name__ == "__main__":
    main()
