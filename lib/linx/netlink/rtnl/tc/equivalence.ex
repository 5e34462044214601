defmodule Linx.Netlink.Rtnl.Tc.Equivalence do
  @moduledoc false
  # Whether options of a kind that were read have all that is desired: the kernel rounds some values, chooses
  # others, and reports some not at all.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Rtnl.Tc.{Action, Class, Filter, Qdisc, Stab}

  # Fields that a kernel does not report as they were sent: tables of rates, and what it makes itself.
  @unreported %{
    Qdisc.Choke => [:stab],
    Qdisc.Gred => [:stab],
    Qdisc.Multiq => [:bands, :max_bands],
    Qdisc.Netem => [:delay_dist, :slot_dist],
    # The attribute `flags` has them.
    Qdisc.Red => [:stab],
    Qdisc.Red.Parms => [:flags],
    Qdisc.Sfq => [:redflowlimit],
    Qdisc.Tbf => [:rtab, :ptab, :burst, :pburst],
    Qdisc.Htb.Glob => [:version],
    Class.Htb => [:rtab, :ctab],
    Class.Htb.Parms => [:level],
    Filter.Flower => [:key_eth_type],
    Action.Police => [:rtab, :ptab],
    Stab => [:data]
  }

  # The same of the rates within other structs, `psched_ratecfg_getrate` of include/net/sch_generic.h.
  @unreported_of_rates for prefix <- ["", "rate_", "peakrate_", "ceil_"],
                           name <- ["cell_log", "cell_align"],
                           do: String.to_atom(prefix <> name)

  # Times that kernels keep in steps of 1024 ns.
  @rounded %{
    Qdisc.Codel => [:target, :interval, :ce_threshold],
    Qdisc.FqCodel => [:target, :interval, :ce_threshold]
  }

  # Fields of which 0 is for the kernel's choice.
  @chosen [:index, :mtu, :quantum]
  @chosen_of %{Qdisc.Sfq => [:depth, :divisor, :flows, :limit]}

  # Structs of which a field that is not desired must not be there: each is another key of a packet.
  @strict [Filter.Flower]
  @optional [:flags]

  # Flags that tell where a filter is.
  @in_hardware [:in_hw, :not_in_hw]

  @doc """
  Whether an observed value has all that is desired, in options of a kind.
  """
  @spec satisfies?(term(), term()) :: boolean()
  def satisfies?(nil, _observed), do: true

  def satisfies?(%Action.Pedit{} = desired, %Action.Pedit{} = observed),
    do: edits(desired) == edits(observed) and desired.keys_ex == observed.keys_ex

  # The schedule that has not begun is the latest one.
  def satisfies?(desired, %Qdisc.Taprio{admin_sched: %{} = schedule} = observed),
    do: satisfies?(desired, %{struct!(observed, Map.from_struct(schedule)) | admin_sched: nil})

  def satisfies?(%module{} = desired, %module{} = observed) do
    fields = Map.keys(desired) -- [:__struct__ | ignored(module)]
    rounded = Map.get(@rounded, module, [])
    chosen = @chosen ++ Map.get(@chosen_of, module, [])

    Enum.all?(fields, fn field ->
      theirs = Map.get(observed, field)

      case Map.get(desired, field) do
        nil -> theirs == nil or module not in @strict or field in @optional
        0 -> theirs == 0 or field in chosen
        value -> satisfies?(value, theirs) or (field in rounded and theirs == value - 1)
      end
    end)
  end

  # Bits and which of them are valid.
  def satisfies?({bits, mask}, {observed, _mask}) when is_integer(bits),
    do: (bits &&& mask) == (observed &&& mask)

  def satisfies?([_ | _] = desired, [_ | _] = observed) do
    if Enum.all?(desired ++ observed, &is_atom/1),
      do: desired -- @in_hardware == observed -- @in_hardware,
      else:
        length(desired) == length(observed) and
          Enum.all?(Enum.zip(desired, observed), fn {d, o} -> satisfies?(d, o) end)
  end

  def satisfies?(desired, observed), do: desired == observed

  # The rest of the parameters are an index and counts.
  defp edits(pedit),
    do: with(%{action: action, keys: keys} <- Action.Pedit.parms(pedit), do: {action, keys})

  defp ignored(module) do
    volatile =
      if function_exported?(module, :__codec__, 0),
        do: Map.get(module.__codec__(), :volatile, []),
        else: []

    Map.get(@unreported, module, []) ++ @unreported_of_rates ++ volatile
  end
end
