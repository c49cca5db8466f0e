# SPDX-License-Identifier: GPL-3.0-or-later
"""A simple curl for hosts on a machine without one: GET over HTTP, with the options that user data commonly uses."""

import argparse
import shutil
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

parser = argparse.ArgumentParser(prog="curl (local region)", allow_abbrev=False)
parser.add_argument("url")
parser.add_argument("-f", "--fail", action="store_true")
parser.add_argument("-s", "--silent", action="store_true")
parser.add_argument("-S", "--show-error", action="store_true")
parser.add_argument("-L", "--location", action="store_true")
parser.add_argument("-o", "--output")
parser.add_argument("-O", "--remote-name", action="store_true")
parser.add_argument("-H", "--header", action="append", default=[])
parser.add_argument("-X", "--request", default="GET")
parser.add_argument("-m", "--max-time", type=float, default=60)
parser.add_argument("--retry", type=int, default=0)
parser.add_argument("--retry-delay", type=float, default=1)
parser.add_argument("--retry-connrefused", action="store_true")
options = parser.parse_args()

headers = dict(line.split(":", 1) for line in options.header)
request = urllib.request.Request(options.url, headers=headers, method=options.request)
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
