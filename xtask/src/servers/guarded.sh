# Becomes the program that its arguments name. Beside it, a guard waits for a line on what was our
# standard input: the line ends the guard, and the end of input ends the program. So the program
# does not outlive whoever holds the other end, not even when that is killed. The guard is forked
# twice, because a server is puzzled by a child that it did not make.
exec 3<&0
(
    (
        trap '' INT HUP TERM
        read -r line <&3 || kill -TERM $$
    ) &
)
exec "$@" </dev/null 3<&-
