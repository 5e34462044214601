defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Prio do
  @moduledoc """
  Bands of which the first with a packet sends: `:prio`, and the default `:pfifo_fast`, which has no options.

  Kernel side: `struct tc_prio_qopt` of `include/uapi/linux/pkt_sched.h`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  # TC_PRIO_MAX of include/uapi/linux/pkt_sched.h, and 1.
  @priorities 16
  @max_bands 16

  # The kernel's defaults, which tc sends: net/sched/sch_generic.c, sch_default_prio2band.
  @bands 3
  @priomap [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]

  codec do
    header "struct tc_prio_qopt" do
      field :bands, :s32, "number of bands"
      field :priomap, {:binary, 16}, "band of each priority of a packet, 0 to 15, a byte each"
    end
  end

  options(
    bands: {2..@max_bands, "number of bands, 3 if not given"},
    priomap: {
      {:check, &__MODULE__.cast_priomap/1, "list of 16 bands, from 0 on"},
      "band of each priority of a packet, 0 to 15"
    }
  )

  @doc false
  @spec cast_priomap(term()) :: {:ok, [0..15]} | :error
  def cast_priomap(map) do
    if is_list(map) and not List.improper?(map) and length(map) == @priorities and
         Enum.all?(map, &(&1 in 0..(@max_bands - 1))),
       do: {:ok, map},
       else: :error
  end

  @doc false
  @impl true
  def build(given) do
    bands = Map.get(given, :bands, @bands)
    map = Map.get(given, :priomap, @priomap)

    if Enum.all?(map, &(&1 < bands)),
      do: {:ok, %__MODULE__{bands: bands, priomap: :binary.list_to_bin(map)}},
      else:
        {:error,
         {:bad_option, if(given[:priomap], do: :priomap, else: :bands), given[:priomap] || bands}}
  end

  @doc """
  The band of each priority, as a list.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.Prio
      iex> Prio.bands(%Prio{priomap: <<1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1>>})
      [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
  """
  @spec bands(t()) :: [0..255]
  def bands(%__MODULE__{priomap: map}), do: :binary.bin_to_list(map || <<>>)
end
