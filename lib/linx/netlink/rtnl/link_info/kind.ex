defmodule Linx.Netlink.Rtnl.LinkInfo.Kind do
  @moduledoc false
  # Optional callbacks of a kind's module, for options and defaults that a table cannot express.

  # The options of one of the kinds that share the module, in place of `__options__/0`.
  @callback __options__(kind :: String.t()) :: keyword()

  # The defaults of a new link as `ip link add` has them, where the kernel's differ. `given`
  # holds the caller's options; a default whose key is given is dropped.
  @callback __defaults__(kind :: String.t(), given :: %{optional(atom()) => term()}) :: keyword()

  @optional_callbacks __options__: 1, __defaults__: 2

  # The table of options of `module` for `kind`; empty for a module without options.
  @spec options(module(), String.t()) :: keyword()
  def options(module, kind) do
    Code.ensure_loaded!(module)

    cond do
      function_exported?(module, :__options__, 1) -> module.__options__(kind)
      function_exported?(module, :__options__, 0) -> module.__options__()
      true -> []
    end
  end

  # The defaults of `kind` that `opts` do not override.
  @spec defaults(module() | nil, String.t(), keyword()) :: keyword()
  def defaults(module, kind, opts) do
    if module != nil and function_exported?(module, :__defaults__, 2) do
      for {key, value} <- module.__defaults__(kind, Map.new(opts)),
          not Keyword.has_key?(opts, key),
          do: {key, value}
    else
      []
    end
  end

  # A table with the addresses of one family, `:ip4` or `:ip6`: the kernel truncates an address
  # of the other.
  @spec of_family(keyword(), :ip4 | :ip6) :: keyword()
  def of_family(table, family) do
    for {name, row} <- table do
      case row do
        {:ip, text} -> {name, {family, text}}
        row -> {name, row}
      end
    end
  end

  # The defaults of `ip link add` for a tunnel over IPv6: DEFAULT_TNL_HOP_LIMIT of ip/link_ip6tnl.c and
  # IPV6_DEFAULT_TNL_ENCAP_LIMIT of include/uapi/linux/ip6_tunnel.h. The kernel's own default
  # allows no tunnel within the tunnel.
  @spec ip6_tunnel() :: keyword()
  def ip6_tunnel, do: [ttl: 64, encap_limit: 4, encap_flags: [:csum6]]
end
