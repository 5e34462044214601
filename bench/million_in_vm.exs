# The part of `Bench.Million` that needs a kernel of its own, whose limit of connections it raises: never
# run it as root of a machine.

for file <- ~w(counter measure input guest million),
    do: Code.require_file(file <> ".exs", __DIR__)

Bench.Million.print_connections()
