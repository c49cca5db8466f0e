#!/bin/sh
# BeforeAllowTraffic: the first customer shall not wait for the first page.
set -eu
python3 -c 'import urllib.request; urllib.request.urlopen("http://127.0.0.1:8000/", timeout=5).read()'
