defmodule Linx.Netlink.Rtnl.Encap do
  @moduledoc """
  Encapsulation of the packets of a route: lightweight tunnels.

  Kernel side: `LWTUNNEL_*` of `include/uapi/linux/lwtunnel.h`, with `RTA_ENCAP_TYPE` and
  `RTA_ENCAP` of a route, `NHA_ENCAP_TYPE` and `NHA_ENCAP` of a nexthop object.

      Route.add(sock, "10.9.0.0", 16, "10.0.0.1", encap: {:mpls, labels: [100, 200]})
      Nexthop.add(sock, id: 7, dev: "gre1", encap: {:ip, dst: "192.0.2.7", flags: [:key], id: 42})

  The option `:encap` takes `{type, options}`, with the options of the type's module, or a struct of
  that module:

  | type | module | encapsulation |
  |---|---|---|
  | `:mpls` | `Linx.Netlink.Rtnl.Encap.Mpls` | an MPLS label stack |
  | `:ip` | `Linx.Netlink.Rtnl.Encap.Ip` | parameters of a tunnel over IPv4 |
  | `:ip6` | `Linx.Netlink.Rtnl.Encap.Ip6` | parameters of a tunnel over IPv6 |
  | `:ila` | `Linx.Netlink.Rtnl.Encap.Ila` | rewriting of the locator of an IPv6 destination |
  | `:seg6` | `Linx.Netlink.Rtnl.Encap.Seg6` | an IPv6 segment routing header |
  | `:seg6_local` | `Linx.Netlink.Rtnl.Encap.Seg6Local` | the action of a segment endpoint |
  | `:bpf` | `Linx.Netlink.Rtnl.Encap.Bpf` | processing by BPF programs |
  | `:rpl` | `Linx.Netlink.Rtnl.Encap.Rpl` | an RPL source routing header |
  | `:ioam6` | `Linx.Netlink.Rtnl.Encap.Ioam6` | an IPv6 option that collects telemetry |
  | `:xfrm` | `Linx.Netlink.Rtnl.Encap.Xfrm` | IPsec over an XFRM interface |

  A kernel without the type answers `:eopnotsupp`. C structs of variable length, such as segment
  lists, are kept as bytes; functions of their module decode them.
  """

  alias Linx.Netlink.Options

  alias __MODULE__.{Bpf, Ila, Ioam6, Ip, Ip6, Mpls, Rpl, Seg6, Seg6Local, Xfrm}

  @types [
    none: 0,
    mpls: 1,
    ip: 2,
    ila: 3,
    ip6: 4,
    seg6: 5,
    bpf: 6,
    seg6_local: 7,
    rpl: 8,
    ioam6: 9,
    xfrm: 10
  ]

  @modules [
    mpls: Mpls,
    ip: Ip,
    ila: Ila,
    ip6: Ip6,
    seg6: Seg6,
    bpf: Bpf,
    seg6_local: Seg6Local,
    rpl: Rpl,
    ioam6: Ioam6,
    xfrm: Xfrm
  ]

  @typedoc "Value of the option `:encap`."
  @type option :: {atom(), keyword()} | struct()

  # LWTUNNEL_ENCAP_*.
  @doc false
  @spec __types__() :: keyword(non_neg_integer())
  def __types__, do: @types

  # The codecs of RTA_ENCAP and NHA_ENCAP by type.
  @doc false
  @spec __table__() :: %{atom() => {:nested, module()}}
  def __table__, do: Map.new(@modules, fn {type, module} -> {type, {:nested, module}} end)

  # The option `:encap` of a route, a path or a nexthop object.
  @doc false
  @spec cast(keyword()) :: {:ok, {atom() | nil, struct() | nil}} | {:error, Options.reason()}
  def cast(opts) do
    case Keyword.fetch(opts, :encap) do
      {:ok, encap} -> new(encap)
      :error -> {:ok, {nil, nil}}
    end
  end

  @doc """
  Checks an encapsulation; returns its type and struct.

      iex> Linx.Netlink.Rtnl.Encap.new({:mpls, labels: [100]})
      {:ok, {:mpls, %Linx.Netlink.Rtnl.Encap.Mpls{dst: [0x64100]}}}

  Errors name the option of the type, `{:bad_option, :labels, value}`, or the type itself,
  `{:bad_option, :encap, value}`.
  """
  @spec new(option()) :: {:ok, {atom(), struct()}} | {:error, Options.reason()}
  def new({type, opts} = value) when is_atom(type) and is_list(opts) do
    with {:ok, module} <- module(type, value),
         {:ok, assigns} <- Options.parse(module.__options__(), opts, :create),
         values = for({[key], value} <- assigns, into: %{}, do: {key, value}),
         {:ok, struct} <- finish(module, fill(struct!(module), values), values) do
      {:ok, {type, struct}}
    end
  end

  def new(%module{} = struct) do
    case List.keyfind(@modules, module, 1) do
      {type, ^module} -> {:ok, {type, struct}}
      nil -> {:error, {:bad_option, :encap, struct}}
    end
  end

  def new(value), do: {:error, {:bad_option, :encap, value}}

  defp module(type, value) do
    with {:ok, module} <- Keyword.fetch(@modules, type),
         {:module, ^module} <- Code.ensure_loaded(module),
         true <- function_exported?(module, :__options__, 0) do
      {:ok, module}
    else
      _ -> {:error, {:bad_option, :encap, value}}
    end
  end

  # Fields that are computed from several options.
  defp finish(module, struct, values) do
    if function_exported?(module, :finish, 2),
      do: module.finish(struct, values),
      else: {:ok, struct}
  end

  # Options without a field are for `finish/2`.
  defp fill(struct, values),
    do: Map.merge(struct, Map.take(values, struct |> Map.from_struct() |> Map.keys()))
end
