defmodule Linx.Netlink.Rtnl.Address.Desired do
  @moduledoc false
  # Addresses of a desired state: `{link, ip, prefix}` or `{link, ip, prefix, opts}`.

  @behaviour Linx.Netlink.Resource.Desired

  alias Linx.IP
  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl.Address
  alias Linx.Netlink.Rtnl.Address.Plan

  @impl true
  def cast({name, ip, prefix}, context),
    do: cast({name, ip, prefix, []}, {name, ip, prefix}, context)

  def cast({_name, _ip, _prefix, opts} = spec, context) when is_list(opts),
    do: cast(spec, spec, context)

  def cast(spec, _context), do: {:invalid, {:bad_address, spec}}

  defp cast({name, ip, prefix, opts}, spec, context)
       when is_binary(ip) or is_tuple(ip) or is_struct(ip, IP) do
    with {:ok, index} <- Desired.index(name, context) do
      case Address.Options.address(ip, prefix, opts) do
        {:ok, address} -> {:ok, Desired.as_listed(%{address | index: index})}
        {:error, {:bad_address, text}} -> {:invalid, {:bad_address, text}}
        {:error, {:bad_prefix, _}} -> {:invalid, {:bad_address, spec}}
        {:error, reason} -> {:error, reason}
      end
    end
  end

  defp cast(_spec, spec, _context), do: {:invalid, {:bad_address, spec}}

  @impl true
  def steps(desired, observed, context), do: Plan.steps(desired, observed, context.owned)

  # Those noted are kept although they are not observed: the contract of `last_applied`.
  @impl true
  def owned(keys, desired, observed), do: MapSet.union(keys, Plan.tagged(desired, observed))
end
