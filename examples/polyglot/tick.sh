#!/bin/sh
# Shows its port and ticks: a shell cannot listen.

trap 'echo "bye from sh"; exit 0' TERM

echo "sh has PORT $PORT"
tick=0
while :; do
    tick=$((tick + 1))
    echo "tick $tick"
    # A signal with a trap ends `wait` at once, but not a sleep in the foreground. The sleep gets it, too, and
    # some shells would say "Terminated" of that.
    sleep 5 &
    wait $! 2>/dev/null
done
