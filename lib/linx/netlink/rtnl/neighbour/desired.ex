defmodule Linx.Netlink.Rtnl.Neighbour.Desired do
  @moduledoc false
  # Neighbours of a desired state: `{link, ip, lladdr}`, permanent.

  @behaviour Linx.Netlink.Resource.Desired

  import Bitwise, only: [&&&: 2]

  alias Linx.{IP, LinkAddress}
  alias Linx.Netlink.Resource.{Desired, Verbs}
  alias Linx.Netlink.Rtnl.Neighbour

  # AF_INET, AF_INET6; NUD_PERMANENT; RTN_UNICAST.
  @inet 2
  @inet6 10
  @permanent 0x80
  @unicast 1

  # NUD_NOARP | NUD_PERMANENT, and NTF_EXT_LEARNED: the kernel does not forget such an entry.
  @kept_states 0xC0
  @ext_learned 0x10

  @impl true
  def cast({name, ip, lladdr, []}, context), do: cast({name, ip, lladdr}, context)

  def cast({_name, _ip, _lladdr, [{key, _} | _]}, _context), do: {:error, {:unknown_option, key}}

  def cast({name, ip, lladdr} = spec, context) do
    with {:ok, index} <- Desired.index(name, context),
         {:ok, ip} <- value(IP, ip, spec),
         {:ok, lladdr} <- value(LinkAddress, lladdr, spec) do
      {:ok,
       %Neighbour{
         family: if(ip.family == :inet, do: @inet, else: @inet6),
         ifindex: index,
         state: @permanent,
         type: @unicast,
         dst: ip,
         lladdr: lladdr
       }}
    end
  end

  def cast(spec, _context), do: {:error, {:bad_spec, spec}}

  defp value(module, given, spec) do
    case module.cast(given) do
      {:ok, value} -> {:ok, value}
      {:error, reason} when is_binary(given) or is_struct(given) -> {:error, reason}
      {:error, _} -> {:error, {:bad_spec, spec}}
    end
  end

  @impl true
  def equivalent?(desired, observed),
    do: {desired.lladdr, desired.state} == {observed.lladdr, observed.state}

  # The kernel has learned it, and may forget it.
  @impl true
  def unowned?(entry) do
    (entry.state &&& @kept_states) == 0 and (entry.flags &&& @ext_learned) == 0 and
      :managed not in (entry.flags_ext || [])
  end

  # The kernel may have learned it meanwhile.
  @impl true
  def execute(sock, {verb, entry}, _detail) when verb in [:create, :update],
    do: with(:ok <- Verbs.replace(sock, entry), do: {:ok, entry})

  def execute(_sock, _op, _detail), do: :default
end
