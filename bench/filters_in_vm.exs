# The part of `Bench.Filters` that needs a kernel with flower filters.

for file <- ~w(counter measure pure input rivals lists guest filters),
    do: Code.require_file(file <> ".exs", __DIR__)

[floor] = System.argv()
floor |> Bench.Filters.run() |> Bench.Guest.print()
