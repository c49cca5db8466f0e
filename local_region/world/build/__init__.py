# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one build on its throw-away host, as CodeBuild's agent does in its container.

A package of its own: it imports nothing else of the local region, which starts it as root and talks to it through its
standard input and output (`wire`). Source of its rules: CodeBuild User Guide, "Build specification reference", "Build
phase transitions" and "Environment variables in build environments".

    build       one build from its source to its artifacts     wire        what is said between region and runner
    buildspec   the build specification, checked               reading     its keys, typed
    phases      which phase comes next, and how one ends       shell       the shell that runs the commands
    environment the variables of a build                       runtimes    runtime-versions
    source      fetching the source                            outputs     artifacts, reports and cache
    patterns    glob patterns of files                         log         what the build says, secrets masked
"""
