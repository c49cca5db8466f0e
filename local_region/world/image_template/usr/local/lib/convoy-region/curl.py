# SPDX-License-Identifier: GPL-3.0-or-later
"""A simple curl for hosts on a machine without one: HTTP, with the options that user data commonly uses."""

import argparse
import re
import shutil
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def encoded(text):
    """What --data-urlencode makes of NAME=CONTENT."""
    name, _, content = text.partition("=")
    return f"{name}={urllib.parse.quote(content, safe='')}"


def configured(source):
    """The options of a file, or of standard input: lines of NAME = "VALUE"."""
    with sys.stdin if source == "-" else open(source) as file:
        lines = [re.fullmatch(r'\s*([\w-]+)\s*=\s*"(.*)"\s*', line) for line in file if line.strip()]
    return [argument for line in lines for argument in (f"--{line[1]}", line[2])]


def sign(request, user, given):
    """Signs a request as --aws-sigv4 aws:amz:REGION:SERVICE does."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    _, _, region, service = given.split(":")
    copy = AWSRequest(request.method, request.full_url, dict(request.header_items()), request.data)
    SigV4Auth(Credentials(*user.split(":", 1)), service, region).add_auth(copy)
    for header, value in copy.headers.items():
        request.add_header(header, value)


parser = argparse.ArgumentParser(prog="curl (local region)", allow_abbrev=False)
parser.add_argument("url")
parser.add_argument("-f", "--fail", action="store_true")
parser.add_argument("-s", "--silent", action="store_true")
parser.add_argument("-S", "--show-error", action="store_true")
parser.add_argument("-L", "--location", action="store_true")
parser.add_argument("-o", "--output")
parser.add_argument("-O", "--remote-name", action="store_true")
parser.add_argument("-H", "--header", action="append", default=[])
parser.add_argument("-X", "--request")
parser.add_argument("-d", "--data", action="append", dest="data")
parser.add_argument("--data-urlencode", action="append", dest="data", type=encoded)
parser.add_argument("-u", "--user", default=":")
parser.add_argument("--aws-sigv4")
parser.add_argument("-K", "--config")
parser.add_argument("-m", "--max-time", type=float, default=60)
parser.add_argument("--retry", type=int, default=0)
parser.add_argument("--retry-delay", type=float, default=1)
parser.add_argument("--retry-connrefused", action="store_true")
options = parser.parse_args()
if options.config:
    options = parser.parse_args([*sys.argv[1:], *configured(options.config)])

headers = {name: value.strip() for name, value in (line.split(":", 1) for line in options.header)}
data = "&".join(options.data).encode() if options.data else None
if data:
    headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
request = urllib.request.Request(options.url, data, headers, method=options.request or ("POST" if data else "GET"))
if options.aws_sigv4:
    sign(request, options.user, options.aws_sigv4)
name = options.output or (urllib.parse.urlsplit(options.url).path.rpartition("/")[2] if options.remote_name else None)
for attempts_left in range(options.retry, -1, -1):
    try:
        answer = urllib.request.urlopen(request, timeout=options.max_time)
    except urllib.error.HTTPError as error:
        if attempts_left and error.code >= 500:
            time.sleep(options.retry_delay)
            continue
        if options.fail:
            print(f"curl: (22) The requested URL returned error: {error.code}", file=sys.stderr)
            sys.exit(22)
        answer = error
    except OSError as error:
        if attempts_left:
            time.sleep(options.retry_delay)
            continue
        print(f"curl: (7) {options.url}: {error}", file=sys.stderr)
        sys.exit(7)
    with answer, open(name, "wb") if name else sys.stdout.buffer as output:
        shutil.copyfileobj(answer, output)
    break
