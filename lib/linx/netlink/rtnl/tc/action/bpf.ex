defmodule Linx.Netlink.Rtnl.Tc.Action.Bpf do
  @moduledoc """
  Action that runs a BPF program.

  Kernel side: `TCA_ACT_BPF_*` of `include/uapi/linux/tc_act/tc_bpf.h`.

      {:bpf, bytecode: [{0x06, 0, 0, 0xFFFFFFFF}]}
      {:bpf, fd: fd, name: "classify"}

  A classic program is a list of instructions `{code, jt, jf, k}` (`struct sock_filter`), of which the result is
  the control; `fd` is the descriptor of a program of the type `BPF_PROG_TYPE_SCHED_ACT`, in this process.
  With a control other than `:pipe` a result of -1 is this control.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.{Gen, Tm, Verb}

  codec prefix: "TCA_ACT_BPF_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Gen, "parameters"
    attr 3, :ops_len, :u16, "number of instructions of a classic program"
    attr 4, :ops, :binary, "instructions of a classic program, `struct sock_filter`"
    attr 5, :fd, :u32, "descriptor of a program, request only"
    attr 6, :name, :string, "name of a program"
    attr 8, :tag, :binary, "tag of a program, 8 bytes"
    attr 9, :id, :u32, "id of a program"
  end

  options(
    bytecode:
      {{:check, &__MODULE__.cast_bytecode/1, "list of `{code, jt, jf, k}`, 1 to 4096"},
       "classic program; this or `:fd` is required"},
    fd: {0..0x7FFFFFFF, "descriptor of a program; needs `:name`"},
    name: {{:string, 255}, "name of the program, as it is listed"}
  )

  @doc false
  @impl true
  def build(given) do
    with {:ok, verb} <- Verb.one(given, bytecode: [], fd: [:name]),
         :ok <- Verb.required(given, if(verb == :fd, do: [:name], else: [])) do
      ops = given[:bytecode]

      {:ok,
       %__MODULE__{
         parms: %Gen{action: :pipe},
         ops: ops,
         ops_len: ops && div(byte_size(ops), 8),
         fd: given[:fd],
         name: given[:name]
       }}
    end
  end

  @doc false
  def cast_bytecode([_ | _] = ops) do
    with false <- List.improper?(ops),
         true <- length(ops) <= 4096 and Enum.all?(ops, &instruction?/1) do
      {:ok,
       for({code, jt, jf, k} <- ops, into: <<>>, do: <<code::native-16, jt, jf, k::native-32>>)}
    else
      _ -> :error
    end
  end

  def cast_bytecode(_other), do: :error

  defp instruction?({code, jt, jf, k}),
    do: code in 0..0xFFFF and jt in 0..0xFF and jf in 0..0xFF and k in 0..0xFFFFFFFF

  defp instruction?(_other), do: false
end
