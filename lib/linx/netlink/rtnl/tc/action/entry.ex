defmodule Linx.Netlink.Rtnl.Tc.Action.Entry do
  @moduledoc """
  Action, shared or of a filter.

  Kernel side: `TCA_ACT_*` of `include/uapi/linux/pkt_cls.h`.

  `kind` selects the struct of `options`, whose documentation has the options of the kind. Options of a kind
  without a struct are a binary, as the kernel sent them. `index/1` and `control/1` read what the options of
  all kinds have. `Linx.Netlink.Rtnl.Tc.Action` has the table of kinds.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Options
  alias Linx.Netlink.Rtnl.{Link, Tc}
  alias Linx.Netlink.Rtnl.Tc.Action.{Control, Kinds, Pedit}
  alias Linx.Netlink.Rtnl.Tc.Kind

  import Bitwise, only: [|||: 2]

  # TCA_ACT_HW_STATS_*.
  @hw_stats [immediate: 1, delayed: 2, disabled: 0]
  @hw_stats_mask 3

  # TCA_ACT_FLAGS_*, by the words of `tc`.
  @flags [no_percpu: 1, skip_hw: 2, skip_sw: 4]
  @flag_keys Keyword.keys(@flags)

  codec prefix: "TCA_ACT_" do
    attr 1, :kind, :string, "kind, such as `\"gact\"`"
    attr 2, :options, {:dispatch, :kind, Kinds}, "options of the kind"
    attr 3, :index, :u32, "index, in a request, and in the reply to a short list"
    attr 4, :stats, {:nested, Tc.Stats}, "counters", volatile: true
    attr 6, :cookie, :binary, "up to 16 bytes of the user"

    attr 7,
         :flags,
         :bitfield32,
         "bit 0: one counter for all CPUs, 1: not in hardware, 2: in hardware alone"

    attr 8,
         :hw_stats,
         :bitfield32,
         "counters that the hardware may have, 1: immediate, 2: delayed"

    attr 9, :used_hw_stats, :bitfield32, "counters that the hardware has", volatile: true
    attr 10, :in_hw_count, :u32, "number of devices that have the action", volatile: true
  end

  options(
    control: {Control.option(), "what happens to the packet after the action"},
    index: {1..0xFFFFFFFF, "index; the kernel's choice if not given"},
    cookie: {{:check, &__MODULE__.cast_cookie/1, "binary of 1 to 16 bytes"}, "mark of the user"},
    hw_stats:
      {{:check, &__MODULE__.cast_hw_stats/1,
        "`:immediate`, `:delayed`, a list of both, or `:disabled`"},
       "counters that the hardware may have, any if not given"},
    no_percpu: {:boolean, "one counter for all CPUs, not one for each"},
    skip_hw: {:boolean, "not in hardware; not together with `:skip_sw`"},
    skip_sw: {:boolean, "in hardware alone"}
  )

  @common Keyword.keys(@linx_options)

  @typedoc "A kind with its options, or an action that was read."
  @type given :: {atom() | String.t(), keyword()} | t()

  @typedoc false
  @type draft :: t() | {String.t(), {module() | nil, map()}, map()}

  @doc """
  The index of an action.
  """
  @spec index(t()) :: non_neg_integer() | nil
  def index(%__MODULE__{options: options, index: index}) do
    case parms(options) do
      {_field, %{index: index}} -> index
      _none -> index
    end
  end

  @doc """
  What happens to a packet after an action: a name, `{:goto, chain}` or `{:jump, actions}`.
  """
  @spec control(t()) :: Control.t() | nil
  def control(%__MODULE__{options: options}) do
    case parms(options) do
      {_field, %{action: action}} -> Control.of(action)
      _none -> nil
    end
  end

  # Those of the kind pedit are bytes, in one of two fields.
  defp parms(%{parms: %{} = parms}), do: {:parms, parms}
  defp parms(%Pedit{parms_ex: nil} = pedit), do: {:parms, Pedit.parms(pedit)}
  defp parms(%Pedit{} = pedit), do: {:parms_ex, Pedit.parms(pedit)}
  defp parms(_none), do: nil

  @doc false
  # Checks an action without a lookup: what `resolve/2` takes.
  @spec check(given()) :: {:ok, draft()} | {:error, Options.reason()}
  def check(%__MODULE__{kind: kind, options: options} = entry)
      when is_binary(kind) and not is_binary(options),
      do:
        {:ok,
         %{
           entry
           | options: writable(options),
             stats: nil,
             used_hw_stats: nil,
             in_hw_count: nil
         }}

  def check({kind, opts}) do
    with {:ok, kind} <- Options.Type.check(:kind, :kind, kind),
         :ok <- Options.keyword(opts),
         {common, own} = Options.split_keys(opts, @common),
         {:ok, common} <- Options.cast(__options__(), common),
         {:ok, options} <- Kind.check(Kind.of(Kinds, kind), own),
         do: {:ok, {kind, options, common}}
  end

  def check(other), do: {:error, {:bad_option, :actions, other}}

  # Some kinds refuse times in a request.
  defp writable(%{tm: _tm} = options), do: Kind.writable(%{options | tm: nil})
  defp writable(options), do: Kind.writable(options)

  @doc false
  # The action of a checked one: its links are looked up.
  @spec resolve(draft(), Kind.lookup()) ::
          {:ok, t()} | {:error, Link.error() | Options.reason()}
  def resolve(%__MODULE__{} = entry, _lookup), do: {:ok, entry}

  def resolve({kind, options, common}, lookup) do
    with {:ok, options} <- Kind.resolve(options, lookup) do
      {:ok,
       %__MODULE__{
         kind: kind,
         options: parameters(options, common),
         cookie: common[:cookie],
         flags: flags(common),
         hw_stats: common[:hw_stats]
       }}
    end
  end

  defp parameters(nil, _common), do: nil

  defp parameters(options, common) do
    {field, parms} = parms(options)
    action = Map.get(common, :control, parms.action)
    Map.replace!(options, field, kept(%{parms | index: common[:index] || 0, action: action}))
  end

  defp kept(%Pedit.Parms{} = parms), do: Pedit.Parms.encode(parms)
  defp kept(parms), do: parms

  defp flags(common) do
    case Map.take(common, @flag_keys) do
      given when given == %{} ->
        nil

      given ->
        bits = for {key, true} <- given, reduce: 0, do: (bits -> bits ||| @flags[key])
        {bits, bits}
    end
  end

  @doc false
  def cast_cookie(bytes) when is_binary(bytes) and byte_size(bytes) in 1..16, do: {:ok, bytes}
  def cast_cookie(_other), do: :error

  @doc false
  def cast_hw_stats(given) do
    with {:ok, names} <- Options.Type.check({:some, @hw_stats}, :hw_stats, given),
         true <- names != [] and (names == [:disabled] or :disabled not in names) do
      {:ok, {Enum.reduce(names, 0, &(@hw_stats[&1] ||| &2)), @hw_stats_mask}}
    else
      _ -> :error
    end
  end
end
