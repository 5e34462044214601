defmodule Linx.Netlink.Rtnl.Tc.Filter.Flow do
  @moduledoc """
  Filter that computes the class of a packet from keys of its flow.

  Kernel side: `TCA_FLOW_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :flow, parent: "1:", protocol: :ip, handle: 1,
              hash: [:src, :dst], divisor: 1024, perturb: 60)

  With `:map` the class is that of one key: `((key & and | or) ^ xor) >> rshift + addend`; with `:hash` a hash of
  several. Such a filter needs a `:handle`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Filter.Body

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise

  alias Linx.Netlink.Rtnl.Tc

  # FLOW_KEY_* of include/uapi/linux/pkt_cls.h, which are numbers of bits.
  @keys [
    src: 0x1,
    dst: 0x2,
    proto: 0x4,
    proto_src: 0x8,
    proto_dst: 0x10,
    iif: 0x20,
    priority: 0x40,
    mark: 0x80,
    nfct: 0x100,
    nfct_src: 0x200,
    nfct_dst: 0x400,
    nfct_proto_src: 0x800,
    nfct_proto_dst: 0x1000,
    rtclassid: 0x2000,
    skuid: 0x4000,
    skgid: 0x8000,
    vlan_tag: 0x10000,
    rxhash: 0x20000
  ]

  @u32 0..0xFFFFFFFF
  @ones 0xFFFFFFFF

  codec prefix: "TCA_FLOW_" do
    attr 1, :keys, {:flags, :u32, @keys}, "keys", values: {:bit, "FLOW_KEY_"}
    attr 2, :mode, {:enum, :u32, [map: 0, hash: 1]}, "mode", values: "FLOW_MODE_"
    attr 3, :baseclass, :u32, "first class, a handle"
    attr 4, :rshift, :u32, "bits to shift the key to the right"
    attr 5, :addend, :u32, "number to add to the key"
    attr 6, :mask, :u32, "bits of the key that count"
    attr 7, :xor, :u32, "bits of the key to invert"
    attr 8, :divisor, :u32, "number of classes"
    attr 9, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"

    attr 10,
         :police,
         {:nested, Tc.Action.Police},
         "policer in the old form, which is not in `act`"

    attr 11, :ematches, {:nested, Tc.Ematch}, "extended matches"
    attr 12, :perturb, :u32, "time after which the hash changes, seconds"
  end

  options(
    map: {{:flags, @keys}, "one key; this or `:hash` is required", values: {:bit, "FLOW_KEY_"}},
    hash: {{:flags, @keys}, "keys", values: {:bit, "FLOW_KEY_"}},
    and: {@u32, "bits of the key that count"},
    or: {@u32, "bits of the key to set"},
    xor: {@u32, "bits of the key to invert"},
    rshift: {0..31, "bits to shift the key to the right"},
    addend: {-0x80000000..0xFFFFFFFF, "number to add to the key"},
    divisor: {1..0xFFFFFFFF, "number of classes"},
    baseclass: {Tc.Units.handle(), "first class"},
    perturb: {1..0xFFFFFFFF, "time after which the hash changes, seconds"},
    match: {Tc.Ematch.option(), "extended matches", field: [:ematches]}
  )

  @doc false
  @impl true
  def build(%{map: _, hash: hash}, _place), do: {:error, {:bad_option, :hash, hash}}
  def build(%{map: keys} = given, place), do: build(:map, keys, given, place)
  def build(%{hash: keys} = given, place), do: build(:hash, keys, given, place)
  def build(_given, _place), do: {:error, {:missing_option, :map}}

  defp build(_mode, _keys, _given, place) when not is_map_key(place, :handle),
    do: {:error, {:missing_option, :handle}}

  defp build(mode, keys, given, _place) do
    cond do
      keys == 0 or (mode == :map and (keys &&& keys - 1) != 0) ->
        {:error, {:bad_option, mode, keys}}

      mode == :map and is_map_key(given, :perturb) ->
        {:error, {:bad_option, :perturb, given.perturb}}

      true ->
        {bits, fields} = Map.split(given, [:map, :hash, :and, :or, :xor, :addend])
        {:ok, struct!(%__MODULE__{keys: keys, mode: mode} |> struct!(bits(bits)), fields)}
    end
  end

  # The kernel has a mask and bits to invert for all three.
  defp bits(given) do
    set = Map.get(given, :or, 0)
    mask = Map.get(given, :and, @ones) &&& bxor(set, @ones)
    inverted = bxor(set, Map.get(given, :xor, 0))

    changed =
      if is_map_key(given, :and) or is_map_key(given, :or) or is_map_key(given, :xor),
        do: [mask: mask, xor: inverted],
        else: []

    case given do
      %{addend: addend} -> [addend: addend &&& @ones] ++ changed
      %{} -> changed
    end
  end
end
