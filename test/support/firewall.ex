defmodule Linx.Test.Firewall do
  @moduledoc false
  # `nft` and traffic in the namespaces of tests.

  import Linx.Test.Netns, only: [exec!: 3]

  alias Linx.Netlink.Nfnl.Nft.{Data, Expr}
  alias Linx.Test.JSON

  @doc """
  Runs a test if the kernel accepts tables of these families and the commands of `nft` in `also`;
  otherwise prints that it is not tested.
  """
  def where(ns, families, also \\ [], test) do
    needed = for(family <- families, do: "add table #{family} probe") ++ also
    lacking = Enum.reject(needed, &(run(ns, ["-c", &1]) == :ok))

    if lacking == [],
      do: test.(),
      else: IO.puts(:stderr, "\nNot tested: this kernel refuses #{Enum.join(lacking, "; ")}.")
  end

  @doc "Loads a ruleset with `nft -f`."
  def load!(ns, text), do: in_file(ns, text, &exec!(ns, "nft", ["-f", &1]))

  @doc "Whether the kernel would load a ruleset."
  def accepted?(ns, text), do: in_file(ns, text, &(run(ns, ["-c", "-f", &1]) == :ok))

  defp in_file(ns, text, fun) do
    file = Path.join(System.tmp_dir!(), "linx-#{ns}-#{System.unique_integer([:positive])}.nft")
    File.write!(file, text)

    try do
      fun.(file)
    after
      File.rm!(file)
    end
  end

  @doc "The objects that `nft -j list` prints, without handles."
  def listed(ns, what \\ "ruleset") do
    %{"nftables" => [%{"metainfo" => _} | objects]} =
      ns |> exec!("nft", ["-j", "list" | String.split(what)]) |> JSON.decode!()

    for object <- objects, {type, details} <- object, do: {type, Map.delete(details, "handle")}
  end

  @doc "The objects of one type that `nft -j list` prints."
  def listed_as(ns, type), do: for({^type, details} <- listed(ns), do: details)

  @doc "Number of packets of each named counter."
  def counted(ns),
    do: for({"counter", c} <- listed(ns, "counters"), into: %{}, do: {c["name"], c["packets"]})

  @doc "An expression that compares the first register."
  def equal(bytes), do: %Expr.Cmp{sreg: 1, op: :eq, data: Data.value(bytes)}

  @doc "An expression that counts by a named counter."
  def count(name), do: %Expr.Objref{imm_type: :counter, imm_name: name}

  @doc "Sends a datagram, and thus a packet, to an address of the namespace."
  def send_udp(ns, address, port),
    do: exec!(ns, "bash", ["-c", "echo hi > /dev/udp/#{address}/#{port}"])

  defp run(ns, args) do
    case System.cmd("ip", ["netns", "exec", ns, "nft" | args], stderr_to_stdout: true) do
      {_, 0} -> :ok
      {_, _} -> :error
    end
  end
end
