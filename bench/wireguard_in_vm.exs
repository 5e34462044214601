# The part of `Bench.WireGuard` that needs a kernel with WireGuard.

for file <- ~w(counter measure pure input rivals lists guest wireguard),
    do: Code.require_file(file <> ".exs", __DIR__)

[floor] = System.argv()
floor |> Bench.WireGuard.run() |> Bench.Guest.print()
