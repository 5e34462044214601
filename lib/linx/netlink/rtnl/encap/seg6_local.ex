defmodule Linx.Netlink.Rtnl.Encap.Seg6Local do
  @moduledoc """
  Action of a segment endpoint (RFC 8986): encapsulation type `:seg6_local`.

  Kernel side: `SEG6_LOCAL_*` of `include/uapi/linux/seg6_local.h`.

      Route.add(sock, "fd01::1", 128, nil, dev: "eth0", encap: {:seg6_local, action: :end_dt6, table: 254})

  The kernel checks which options an action takes and requires. `srh` holds the bytes of the header
  of `:end_b6` and `:end_b6_encap`; `segments/1` decodes them. The program of `:end_bpf` can be given
  by a struct of this module.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Encap.Seg6

  alias __MODULE__.{Counters, Flavors, Program}

  @actions [
    unspec: 0,
    end: 1,
    end_x: 2,
    end_t: 3,
    end_dx2: 4,
    end_dx6: 5,
    end_dx4: 6,
    end_dt6: 7,
    end_dt4: 8,
    end_b6: 9,
    end_b6_encap: 10,
    end_bm: 11,
    end_s: 12,
    end_as: 13,
    end_am: 14,
    end_bpf: 15,
    end_dt46: 16
  ]

  @operations Flavors.__operations__()

  codec prefix: "SEG6_LOCAL_" do
    attr 1, :action, {:enum, :u32, @actions}, "action", values: "SEG6_LOCAL_ACTION_"
    attr 2, :srh, :binary, "bytes of the segment routing header"
    attr 3, :table, :u32, "routing table of the lookup"
    attr 4, :nh4, IP, "IPv4 gateway"
    attr 5, :nh6, IP, "IPv6 gateway"
    attr 6, :iif, :u32, "index of the incoming link"
    attr 7, :oif, :u32, "index of the outgoing link"
    attr 8, :bpf, {:nested, Program}, "program of `:end_bpf`"
    attr 9, :vrftable, :u32, "table of the VRF of the lookup"
    attr 10, :counters, {:nested, Counters}, "counters"
    attr 11, :flavors, {:nested, Flavors}, "variants of the action"
  end

  options(
    action: {{:enum, @actions}, "action", required: true},
    table: {1..0xFFFFFFFF, "routing table of the lookup"},
    vrftable: {1..0xFFFFFFFF, "table of the VRF of the lookup"},
    nh4: {:ip4, "gateway"},
    nh6: {:ip6, "gateway"},
    iif: {1..0x7FFFFFFF, "index of the incoming link"},
    oif: {1..0x7FFFFFFF, "index of the outgoing link"},
    segments: {{:list, :ip6}, "segments of the new header, in the order of the path"},
    hmac: {1..0xFFFFFFFF, "key id of an HMAC in the header"},
    count: {:flag, "count packets, bytes and errors"},
    flavors:
      {{:flags, @operations}, "variants of the action", values: {:bit, "SEG6_LOCAL_FLV_OP_"}},
    lcblock_bits: {0..255, "length of the locator block of compressed segments, bits"},
    lcnode_fn_bits: {0..255, "length of node and function of compressed segments, bits"}
  )

  @doc """
  Segments of the header of `:end_b6` and `:end_b6_encap`, in the order of the path.
  """
  @spec segments(t()) :: [IP.t()]
  def segments(%__MODULE__{srh: nil}), do: []
  def segments(%__MODULE__{srh: srh, action: action}), do: Seg6.from_header(srh, inline?(action))

  defp inline?(action), do: action in [:end_b6, @actions[:end_b6]]

  @doc false
  @spec finish(t(), map()) :: {:ok, t()} | {:error, {:bad_option, :segments, [IP.t()]}}
  def finish(encap, values) do
    flavors =
      if Enum.any?([:flavors, :lcblock_bits, :lcnode_fn_bits], &is_map_key(values, &1)) do
        %Flavors{
          operation: values[:flavors],
          lcblock_bits: values[:lcblock_bits],
          lcnode_fn_bits: values[:lcnode_fn_bits]
        }
      end

    # The kernel counts if all three counters are given.
    counters = if values[:count], do: %Counters{packets: 0, bytes: 0, errors: 0}
    header %{encap | flavors: flavors, counters: counters}, values
  end

  defp header(encap, %{segments: segments} = values) do
    case Seg6.to_header(segments, inline?(encap.action), values[:hmac]) do
      nil -> {:error, {:bad_option, :segments, segments}}
      header -> {:ok, %{encap | srh: header}}
    end
  end

  defp header(encap, _values), do: {:ok, encap}
end
