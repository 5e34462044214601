defmodule Linx.Netlink.Rtnl.Tc.Filter.Bpf do
  @moduledoc """
  Filter by a program: one of eBPF, or classic bytecode.

  Kernel side: `TCA_BPF_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :bpf, parent: :ingress, fd: fd, name: "prog", da: true)
      :ok = Filter.add(sock, "eth0", :bpf, parent: "1:", bytecode: "1,6 0 0 4294967295", classid: "1:10")
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Filter.Body

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.Filter.Flags
  alias __MODULE__.Op

  # BPF_MAXINSNS of include/uapi/linux/bpf_common.h.
  @most 4096

  codec prefix: "TCA_BPF_" do
    attr 1, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"
    attr 2, :police, {:nested, Tc.Action.Police}, "policer in the old form, which is not in `act`"
    attr 3, :classid, :u32, "class of the packets, a handle"
    attr 4, :ops_len, :u16, "number of instructions of classic bytecode"
    attr 5, :ops, {:packed, Op}, "classic bytecode"
    attr 6, :fd, :u32, "descriptor of the program, request only"
    attr 7, :name, :string, "name of the program"

    attr 8,
         :flags,
         {:flags, :u32, [act_direct: 1]},
         "`:act_direct`: the program returns what happens to the packet",
         values: "TCA_BPF_FLAG_"

    attr 9, :flags_gen, Flags.type(), "place of the filter", values: "TCA_CLS_FLAGS_"
    attr 10, :tag, :binary, "hash of the program"
    attr 11, :id, :u32, "id of the program"
  end

  options(
    [
      fd:
        {0..0x7FFFFFFF,
         "descriptor of a program, in this OS process; this or `:bytecode` is required"},
      bytecode:
        {{:check, &__MODULE__.cast_bytecode/1,
          "list of `{code, jt, jf, k}`, or text as of `tcpdump -ddd`, joined by commas"},
         "classic bytecode", field: [:ops]},
      name: {{:string, 255}, "name of the program of `:fd`, required with it"},
      da: {:flag, "the program returns what happens to the packet", field: [:flags]},
      classid: {Tc.Units.handle(), "class of the packets, that of the program if not given"}
    ] ++ Flags.options()
  )

  @doc false
  @impl true
  def build(given, _place) do
    case given do
      %{fd: fd, ops: _} -> {:error, {:bad_option, :fd, fd}}
      %{fd: _, name: _} -> {:ok, fields(given)}
      %{fd: _} -> {:error, {:missing_option, :name}}
      %{ops: _, name: name} -> {:error, {:bad_option, :name, name}}
      %{ops: ops} -> {:ok, fields(Map.put(given, :ops_len, length(ops)))}
      %{} -> {:error, {:missing_option, :fd}}
    end
  end

  defp fields(given) do
    direct = if given[:flags], do: [:act_direct]
    fields = given |> Flags.others() |> Map.put(:flags, direct)
    %__MODULE__{} |> struct!(fields) |> Flags.put(given, :flags_gen)
  end

  @doc false
  def cast_bytecode(text) when is_binary(text) do
    with [count | ops] <-
           text |> String.trim_trailing(",") |> String.split(~r/[,\n]/, trim: true),
         ops = Enum.map(ops, &numbers/1),
         [^count] <- ["#{length(ops)}"] do
      cast_bytecode(ops)
    else
      _ -> :error
    end
  end

  def cast_bytecode([_ | _] = ops) do
    if not List.improper?(ops) and length(ops) <= @most and Enum.all?(ops, &op?/1),
      do: {:ok, for({code, jt, jf, k} <- ops, do: %Op{code: code, jt: jt, jf: jf, k: k})},
      else: :error
  end

  def cast_bytecode(_other), do: :error

  defp numbers(text) do
    if text =~ ~r/\A\s*\d+( \d+){3}\s*\z/,
      do: text |> String.split() |> Enum.map(&String.to_integer/1) |> List.to_tuple()
  end

  defp op?({code, jt, jf, k}),
    do: code in 0..0xFFFF and jt in 0..0xFF and jf in 0..0xFF and k in 0..0xFFFFFFFF

  defp op?(_other), do: false
end
