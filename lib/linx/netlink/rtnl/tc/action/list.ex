defmodule Linx.Netlink.Rtnl.Tc.Action.List do
  @moduledoc false
  # The actions of a filter, in the order in which a packet meets them.

  alias Linx.Netlink.Options
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.Action.Entry
  alias Linx.Netlink.Rtnl.Tc.Kind

  # TCA_ACT_MAX_PRIO of include/uapi/linux/pkt_cls.h.
  @most 32

  @doc "Checks actions without a lookup, for `resolve/2`."
  @spec check([Entry.given()] | term()) :: {:ok, [Entry.draft()]} | {:error, Options.reason()}
  def check(actions) do
    if is_list(actions) and not List.improper?(actions) and length(actions) <= @most,
      do: Options.Type.each(actions, &Entry.check/1),
      else: {:error, {:bad_option, :actions, actions}}
  end

  @doc "The actions of checked ones."
  @spec resolve([Entry.draft()], Kind.lookup()) ::
          {:ok, [Entry.t()]} | {:error, Link.error() | Options.reason()}
  def resolve(drafts, lookup), do: Options.Type.each(drafts, &Entry.resolve(&1, lookup))
end
