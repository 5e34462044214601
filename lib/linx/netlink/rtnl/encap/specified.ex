defmodule Linx.Netlink.Rtnl.Encap.Specified do
  @moduledoc false
  # Comparison of a desired encapsulation with an observed one. Pure.

  alias Linx.Netlink.Rtnl.Encap.{Bpf, Ioam6, Seg6Local, TunnelOpts}

  @doc """
  Whether an observed encapsulation has every field that is specified in a desired one.
  """
  @spec satisfies?(struct() | nil, struct() | nil) :: boolean()
  def satisfies?(desired, observed), do: same?(specified(desired), specified(observed))

  defp same?(%module{} = desired, %module{} = observed) do
    Enum.all?(Map.keys(desired) -- [:__struct__], fn field ->
      value = Map.get(desired, field)
      value == nil or same?(value, Map.get(observed, field))
    end)
  end

  defp same?(desired, observed), do: desired == observed

  # Without what the kernel counts, fills in, joins or leaves out.
  defp specified(%Seg6Local{counters: %{}} = encap),
    do: %{encap | counters: %Seg6Local.Counters{}}

  defp specified(
         %Ioam6{trace: <<namespace::binary-2, _nodelen, size, type::binary-3, _>>} = encap
       ),
       do: %{encap | trace: {namespace, size, type}}

  defp specified(%Bpf{in: in_, out: out, xmit: xmit}),
    do: %Bpf{in: program(in_), out: program(out), xmit: program(xmit)}

  # The kernel sets a flag for the options that there are.
  defp specified(%{opts: %TunnelOpts{} = opts, flags: flags} = encap) do
    geneve = opts.geneve && TunnelOpts.geneve_options(opts)
    flags = flags && flags -- [:geneve_opt, :vxlan_opt, :erspan_opt]
    %{encap | opts: %{opts | geneve: geneve}, flags: flags}
  end

  defp specified(encap), do: encap

  defp program(nil), do: nil
  defp program(%Bpf.Program{} = program), do: %{program | fd: nil}
end
