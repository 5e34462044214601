defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio.Qopt do
  @moduledoc """
  Classes of traffic: the priorities of packets that are in each, and its transmit queues.

  Kernel side: `struct tc_mqprio_qopt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  # TC_QOPT_MAX_QUEUE, TC_QOPT_BITMASK and 1 of include/uapi/linux/pkt_sched.h.
  @most 16
  @u16 0..0xFFFF

  # The map of tc, q_mqprio.c.
  @map [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 1, 1, 3, 3, 3, 3]

  codec do
    header "struct tc_mqprio_qopt" do
      field :num_tc, :u8, "number of classes of traffic"
      field :prio_tc_map, {:binary, 16}, "class of each priority of a packet, a byte each"
      field :hw, {:bool, :u8}, "the hardware has the classes"
      field :count, {:binary, 32}, "number of queues of each class, 16 bits each"
      field :offset, {:binary, 32}, "first queue of each class, 16 bits each"
      pad 2
    end
  end

  @doc false
  @spec options() :: keyword()
  def options do
    [
      num_tc: {1..@most, "number of classes of traffic"},
      map: {
        {:list, 0..(@most - 1)},
        "class of each priority of a packet, from 0 on; 0 for priorities that are not in the list"
      },
      queues: {
        {:list, {:check, &__MODULE__.cast_queues/1, "`{count, offset}`"}},
        "number of transmit queues of each class, and the first of them"
      }
    ]
  end

  @doc false
  @spec cast_queues(term()) :: {:ok, {0..0xFFFF, 0..0xFFFF}} | :error
  def cast_queues({count, offset} = queues) when count in @u16 and offset in @u16,
    do: {:ok, queues}

  def cast_queues(_other), do: :error

  @doc false
  # The fields of the struct.
  @spec fields(map(), boolean()) :: {:ok, keyword()} | {:error, Linx.Netlink.Options.reason()}
  def fields(%{num_tc: classes} = given, hw) do
    map = given[:map] || @map
    queues = given[:queues] || []

    cond do
      given[:map] == nil and Enum.any?(map, &(&1 >= classes)) ->
        {:error, {:missing_option, :map}}

      length(map) > @most or Enum.any?(map, &(&1 >= classes)) ->
        {:error, {:bad_option, :map, map}}

      length(queues) > classes ->
        {:error, {:bad_option, :queues, queues}}

      true ->
        {:ok,
         [
           num_tc: classes,
           prio_tc_map: padded(for(class <- map, into: <<>>, do: <<class>>), @most),
           hw: hw,
           count: padded(for({count, _} <- queues, into: <<>>, do: <<count::native-16>>), 32),
           offset: padded(for({_, offset} <- queues, into: <<>>, do: <<offset::native-16>>), 32)
         ]}
    end
  end

  def fields(_given, _hw), do: {:error, {:missing_option, :num_tc}}

  defp padded(bytes, size), do: bytes <> :binary.copy(<<0>>, size - byte_size(bytes))

  @doc """
  The class of each priority, from 0 on.
  """
  @spec map(%{prio_tc_map: binary() | nil}) :: [0..255]
  def map(%{prio_tc_map: map}), do: :binary.bin_to_list(map || <<>>)

  @doc """
  The queues of each class, `{count, offset}`.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio.Qopt
      iex> Qopt.queues(%Qopt{num_tc: 2, count: <<1::native-16, 3::native-16>>, offset: <<0::native-16, 1::native-16>>})
      [{1, 0}, {3, 1}]
  """
  @spec queues(%{num_tc: 0..255, count: binary() | nil, offset: binary() | nil}) :: [
          {0..0xFFFF, 0..0xFFFF}
        ]
  def queues(%{num_tc: classes, count: count, offset: offset}) do
    counts = for <<(count::native-16 <- count || <<>>)>>, do: count
    offsets = for <<(offset::native-16 <- offset || <<>>)>>, do: offset
    counts |> Enum.zip(offsets) |> Enum.take(classes)
  end
end
