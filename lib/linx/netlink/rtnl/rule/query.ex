defmodule Linx.Netlink.Rtnl.Rule.Query do
  @moduledoc false
  # Lists of rules, and single ones. The kernel has no request for one rule.

  alias Linx.Netlink.{Batch, Error, Options, Request}
  alias Linx.Netlink.Rtnl.{Link, Rule}
  alias Linx.Netlink.Rtnl.Rule.Match

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getrule 34

  @enoent 2

  @filters [family: {:choice, Options.families()}]

  @spec list(Link.target(), keyword()) :: {:ok, [Rule.t()]} | {:error, Rule.error()}
  def list(sock, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @filters),
         do: of_family(sock, wanted[:family] || 0, request)
  end

  @doc "The rules of a family, of all for 0."
  @spec of_family(Link.target(), 0..255, keyword()) :: {:ok, [Rule.t()]} | {:error, Rule.error()}
  def of_family(sock, family, request) do
    request = Keyword.delete(request, :echo)

    with {:ok, rules} <- Request.dump(sock, @rtm_getrule, %Rule{family: family}, request),
         do: {:ok, if(family == 0, do: rules, else: Enum.filter(rules, &(&1.family == family)))}
  end

  @spec get(Link.target(), keyword()) :: {:ok, Rule.t() | Batch.Read.t()} | {:error, Rule.error()}
  def get(sock, opts) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, draft} <- Rule.Options.cast(opts, :get),
         {:ok, rule} <- Rule.Options.resolve(draft, sock, request),
         do: Request.read(sock, request, &find(&1, rule, opts, &2))
  end

  defp find(sock, rule, opts, request) do
    with {:ok, rules} <- of_family(sock, rule.family, request) do
      case Enum.find(rules, &Match.specified?(rule, opts, &1)) do
        nil -> {:error, enoent()}
        found -> {:ok, found}
      end
    end
  end

  @doc "The kernel's error for a rule that does not exist."
  @spec enoent() :: Error.t()
  def enoent, do: Error.from_errno(@enoent)
end
