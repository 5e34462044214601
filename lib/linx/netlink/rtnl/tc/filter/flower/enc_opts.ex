defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.EncOpts do
  @moduledoc """
  Options of a tunnel of one type.

  Kernel side: `TCA_FLOWER_KEY_ENC_OPTS_*` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Erspan, Geneve, Gtp, Pfcp, Vxlan}

  codec prefix: "TCA_FLOWER_KEY_ENC_OPTS_" do
    attr 1, :geneve, {:repeated, {:nested, Geneve}}, "options of GENEVE"
    attr 2, :vxlan, {:nested, Vxlan}, "options of VXLAN"
    attr 3, :erspan, {:nested, Erspan}, "header of ERSPAN"
    attr 4, :gtp, {:nested, Gtp}, "PDU session of GTP"
    attr 5, :pfcp, {:nested, Pfcp}, "header of PFCP"
  end

  @u8 0xFF
  @u16 0xFFFF
  @u32 0xFFFFFFFF

  @doc false
  def geneve,
    do:
      {:check, &__MODULE__.cast_geneve/1,
       "list of `{class, type, data}`, or of pairs of such a tuple and one of masks"}

  @doc false
  def vxlan, do: {:check, &__MODULE__.cast_vxlan/1, "number, or `{number, mask}`"}

  @doc false
  def erspan,
    do:
      {:check, &__MODULE__.cast_erspan/1,
       "`{1, index, 0, 0}`, `{2, 0, dir, hwid}`, or a pair of such a tuple and one of masks"}

  @doc false
  def gtp,
    do:
      {:check, &__MODULE__.cast_gtp/1,
       "`{pdu_type, qfi}`, or a pair of such a tuple and one of masks"}

  @doc false
  def pfcp,
    do:
      {:check, &__MODULE__.cast_pfcp/1,
       "`{type, seid}`, or a pair of such a tuple and one of masks"}

  @doc false
  def cast_geneve([_ | _] = list) do
    with true <- not List.improper?(list),
         options = Enum.map(list, &geneve/1),
         false <- :error in options do
      {values, masks} = Enum.unzip(options)
      {:ok, {%__MODULE__{geneve: values}, %__MODULE__{geneve: masks}}}
    else
      _ -> :error
    end
  end

  def cast_geneve(_other), do: :error

  defp geneve({{_, _, value} = key, {_, _, mask} = masks})
       when is_binary(mask) and byte_size(mask) == byte_size(value) do
    with %Geneve{} = key <- geneve_option(key),
         %Geneve{} = mask <- geneve_option(masks),
         do: {key, mask}
  end

  defp geneve({_, _, data} = key) when is_binary(data),
    do: geneve({key, {@u16, @u8, :binary.copy(<<0xFF>>, byte_size(data))}})

  defp geneve(_other), do: :error

  # Data is in words of 4 bytes, up to 31 of them, and at least one (fl_set_geneve_opt of
  # net/sched/cls_flower.c).
  defp geneve_option({class, type, data})
       when class in 0..@u16 and type in 0..@u8 and is_binary(data) and
              byte_size(data) in 4..124//4,
       do: %Geneve{class: class, type: type, data: data}

  defp geneve_option(_other), do: :error

  @doc false
  def cast_vxlan({gbp, mask}) when gbp in 0..@u32 and mask in 0..@u32,
    do: {:ok, {%__MODULE__{vxlan: %Vxlan{gbp: gbp}}, %__MODULE__{vxlan: %Vxlan{gbp: mask}}}}

  def cast_vxlan(gbp) when is_integer(gbp), do: cast_vxlan({gbp, @u32})
  def cast_vxlan(_other), do: :error

  @doc false
  def cast_erspan({{_, _, _, _} = key, {_, _, _, _} = mask}) do
    with %Erspan{ver: ver} = key when ver in 1..2 <- erspan_header(key),
         %Erspan{} = mask <- erspan_header(mask) do
      {:ok,
       {%__MODULE__{erspan: of_version(key, ver)}, %__MODULE__{erspan: of_version(mask, ver)}}}
    else
      _ -> :error
    end
  end

  def cast_erspan({1, _, _, _} = key), do: cast_erspan({key, {@u8, @u32, 0, 0}})
  def cast_erspan({2, _, _, _} = key), do: cast_erspan({key, {@u8, 0, @u8, @u8}})
  def cast_erspan(_other), do: :error

  defp erspan_header({ver, index, dir, hwid})
       when ver in 0..@u8 and index in 0..@u32 and dir in 0..@u8 and hwid in 0..@u8,
       do: %Erspan{ver: ver, index: index, dir: dir, hwid: hwid}

  defp erspan_header(_other), do: :error

  # The kernel refuses the fields of the other version, and of a mask another version (fl_set_erspan_opt of
  # net/sched/cls_flower.c).
  defp of_version(header, 1), do: %{header | ver: 1, dir: nil, hwid: nil}
  defp of_version(header, 2), do: %{header | ver: 2, index: nil}

  @doc false
  def cast_gtp({{type, qfi}, {type_mask, qfi_mask}})
      when type in 0..@u8 and qfi in 0..@u8 and type_mask in 0..@u8 and qfi_mask in 0..@u8,
      do:
        {:ok,
         {%__MODULE__{gtp: %Gtp{pdu_type: type, qfi: qfi}},
          %__MODULE__{gtp: %Gtp{pdu_type: type_mask, qfi: qfi_mask}}}}

  def cast_gtp({type, qfi} = key) when is_integer(type) and is_integer(qfi),
    do: cast_gtp({key, {@u8, @u8}})

  def cast_gtp(_other), do: :error

  @u64 0xFFFFFFFFFFFFFFFF

  @doc false
  def cast_pfcp({{type, seid}, {type_mask, seid_mask}})
      when type in 0..@u8 and seid in 0..@u64 and type_mask in 0..@u8 and seid_mask in 0..@u64,
      do:
        {:ok,
         {%__MODULE__{pfcp: %Pfcp{type: type, seid: seid}},
          %__MODULE__{pfcp: %Pfcp{type: type_mask, seid: seid_mask}}}}

  def cast_pfcp({type, seid} = key) when is_integer(type) and is_integer(seid),
    do: cast_pfcp({key, {@u8, @u64}})

  def cast_pfcp(_other), do: :error
end
