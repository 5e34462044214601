defmodule Linx.Netlink.Rtnl.Tc.Filter.Flags do
  @moduledoc false
  # TCA_CLS_FLAGS_* of include/uapi/linux/pkt_cls.h, which most kinds of filters have.

  @names [skip_hw: 1, skip_sw: 2, in_hw: 4, not_in_hw: 8, verbose: 16]
  @given [:skip_hw, :skip_sw, :verbose]

  @doc "The type of the row."
  def type, do: {:flags, :u32, @names}

  @doc "The options."
  def options do
    [
      skip_hw: {:flag, "not in hardware"},
      skip_sw: {:flag, "in hardware only"},
      verbose: {:flag, "messages of the driver, if the filter goes to the hardware or not"}
    ]
  end

  @doc """
  The struct of options, with the flags that were given in a field.
  """
  @spec put(struct(), map(), atom()) :: struct()
  def put(options, given, field \\ :flags) do
    case for(name <- @given, given[name], do: name) do
      [] -> options
      flags -> Map.replace!(options, field, flags)
    end
  end

  @doc "The given options without the flags."
  @spec others(map()) :: map()
  def others(given), do: Map.drop(given, @given)
end
