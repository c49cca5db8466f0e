#!/bin/sh
# AfterBlockTraffic: the load balancer sends nothing new; give the last answers a moment to leave.
sleep 0.2
