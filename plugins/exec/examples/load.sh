#!/bin/sh
# The machine's load and memory every few seconds: the smallest useful program for Fieldway's exec
# input.
#     command: [/usr/local/bin/load.sh, "5"]
every=${1:-5}
while :; do
    read -r one five _ < /proc/loadavg
    free=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
    values="\"load_1\": $one, \"load_5\": $five, \"memory_free_kib\": $free"
    echo "{\"key\": \"c\", \"values\": {$values}}" || exit
    sleep "$every"
done
