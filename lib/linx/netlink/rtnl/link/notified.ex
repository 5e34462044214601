defmodule Linx.Netlink.Rtnl.Link.Notified do
  @moduledoc false
  # Links as notifications have them.

  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Socket

  @dump_retries 5

  @doc """
  All links, with every attribute that a notification has.
  """
  @spec list(Socket.t()) :: {:ok, [Link.t()]} | {:error, Link.error()}
  def list(sock) do
    with {:ok, links} <- list(sock, []) do
      if Enum.any?(links, &truncated?(&1.af_spec)),
        do: list(sock, stats: true),
        else: {:ok, links}
    end
  end

  defp list(sock, opts),
    do: Link.list(sock, [af_spec: true, dump_retries: @dump_retries] ++ opts)

  # Without statistics, `inet6_fill_ifla6_attrs` of older kernels leaves out the attributes
  # behind them as well.
  defp truncated?(%{inet6: %{addr_gen_mode: nil}}), do: true
  defp truncated?(_af_spec), do: false

  @doc """
  Whether a notification holds a whole link.

  Bridges notify of their ports (`br_ifinfo_notify`), and IPv6 of its part of a link
  (`inet6_ifinfo_notify`), as links of a family of their own; `wireless_nlevent_flush` sends
  a name and nothing else. `rtnl_fill_ifinfo` always fills in an MTU.
  """
  @spec whole?(:new | :del, Link.t()) :: boolean()
  def whole?(:new, link), do: link.family == 0 and link.mtu != nil
  def whole?(:del, link), do: link.family == 0

  @doc """
  Name and alternative names.
  """
  @spec names(Link.t()) :: [String.t() | nil]
  def names(link), do: [link.name | Link.alt_names(link)]
end
