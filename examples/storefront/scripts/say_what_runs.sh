#!/bin/sh
# One line for the deployment's log.
echo "$LIFECYCLE_EVENT of $DEPLOYMENT_ID: storefront $(cat /opt/storefront/VERSION 2>/dev/null || echo none)"
