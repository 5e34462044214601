defmodule Linx.Netlink.Rtnl.Tc.Ematch.Meta do
  @moduledoc false
  # Test of an object of the kernel: the object on the left, a number or a string on the right.

  use Linx.Netlink.Codec

  import Bitwise

  alias __MODULE__.Header

  codec prefix: "TCA_EM_META_" do
    attr 1, :hdr, Header, "objects"
    attr 2, :lvalue, :binary, "mask of the object on the left"
    attr 3, :rvalue, :binary, "value on the right"
  end

  # TCF_META_TYPE_*, in the upper 4 bits of a kind.
  @var 0
  @int 1

  # TCF_META_ID_* of include/uapi/linux/tc_ematch/tc_em_meta.h.
  @value 0
  @ids [
    random: 1,
    loadavg_0: 2,
    loadavg_1: 3,
    loadavg_2: 4,
    dev: 5,
    priority: 6,
    protocol: 7,
    pkttype: 8,
    pktlen: 9,
    datalen: 10,
    maclen: 11,
    nfmark: 12,
    tcindex: 13,
    rtclassid: 14,
    rtiif: 15,
    sk_family: 16,
    sk_state: 17,
    sk_reuse: 18,
    sk_bound_if: 19,
    sk_refcnt: 20,
    sk_shutdown: 21,
    sk_proto: 22,
    sk_type: 23,
    sk_rcvbuf: 24,
    sk_rmem_alloc: 25,
    sk_wmem_alloc: 26,
    sk_omem_alloc: 27,
    sk_wmem_queued: 28,
    sk_rcv_qlen: 29,
    sk_snd_qlen: 30,
    sk_err_qlen: 31,
    sk_forward_allocs: 32,
    sk_sndbuf: 33,
    sk_allocs: 34,
    sk_hash: 36,
    sk_lingertime: 37,
    sk_ack_backlog: 38,
    sk_max_ack_backlog: 39,
    sk_prio: 40,
    sk_rcvlowat: 41,
    sk_rcvtimeo: 42,
    sk_sndtimeo: 43,
    sk_sendmsg_off: 44,
    sk_write_pending: 45,
    vlan_tag: 46,
    rxhash: 47
  ]

  # Objects that are also a string (meta_ops of net/sched/em_meta.c).
  @strings [:dev, :sk_bound_if]

  @u64 0xFFFFFFFFFFFFFFFF

  @doc "The names of the objects."
  @spec ids() :: keyword(pos_integer())
  def ids, do: @ids

  @doc "The data of a test; `op` is the number of an operator."
  @spec write(term(), 0..2, term()) :: {:ok, binary()} | :error
  def write(object, op, value) do
    {name, opts} = if is_tuple(object) and tuple_size(object) == 2, do: object, else: {object, []}

    with true <- is_atom(name),
         {:ok, id} <- Keyword.fetch(@ids, name),
         {:ok, type, right} <- right(name, op, value),
         {:ok, given} <- Linx.Netlink.Options.cast([shift: 0..63, mask: 0..@u64], opts),
         true <- type == @int or given == %{} do
      header = %Header{
        left_kind: type <<< 12 ||| id,
        left_shift: Map.get(given, :shift, 0),
        left_op: op,
        right_kind: type <<< 12 ||| @value
      }

      mask = with %{mask: mask} <- given, do: integer(mask), else: (%{} -> nil)
      {:ok, encode(%__MODULE__{hdr: header, lvalue: mask, rvalue: right})}
    else
      _ -> :error
    end
  end

  defp right(_name, _op, value) when value in 0..@u64, do: {:ok, @int, integer(value)}

  defp right(name, 0, value)
       when is_binary(value) and name in @strings and byte_size(value) in 1..15,
       do: {:ok, @var, value}

  defp right(_name, _op, _value), do: :error

  # meta_int_change of net/sched/em_meta.c: 8 bytes where they are there, or 4.
  defp integer(value) when value <= 0xFFFFFFFF, do: <<value::native-32>>
  defp integer(value), do: <<value::native-64>>

  @doc "The object, the operator's number and the value of a test; `nil` for one of another form."
  @spec read(binary()) :: {term(), non_neg_integer(), term()} | nil
  def read(bytes) do
    with %{hdr: %Header{} = header, rvalue: <<_, _::binary>> = right} = meta <-
           decode(bytes),
         {name, _} <- List.keyfind(@ids, header.left_kind &&& 0x7FF, 1),
         value when value != nil <- value(header.left_kind >>> 12, right) do
      shift = if header.left_shift == 0, do: [], else: [shift: header.left_shift]

      mask =
        with bytes when bytes != nil <- meta.lvalue,
             n when n not in [0, nil] <- value(@int, bytes),
             do: [mask: n],
             else: (_ -> [])

      {if(shift ++ mask == [], do: name, else: {name, shift ++ mask}), header.left_op, value}
    else
      _ -> nil
    end
  rescue
    ArgumentError -> nil
  end

  defp value(@var, bytes), do: String.trim_trailing(bytes, <<0>>)
  defp value(@int, <<value::native-64>>), do: value
  defp value(@int, <<value::native-32>>), do: value
  defp value(_type, _bytes), do: nil
end
