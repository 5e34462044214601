defmodule Linx.Netlink.Rtnl.Link.Change do
  @moduledoc false
  # Requests that create, change and delete links and their alternative names.

  import Bitwise
  import Linx.Netlink.Constants, only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0]

  alias Linx.Netlink.{Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Link.{PropList, Tun}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newlink 16
  @rtm_dellink 17
  @rtm_newlinkprop 108
  @rtm_dellinkprop 109

  @spec create(Link.target(), String.t(), atom() | String.t(), keyword()) :: Link.done()
  def create(sock, name, kind, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, kind} <- Type.check(:kind, :kind, kind) do
      if kind in ["tun", "tap"],
        do: Tun.create(sock, name, kind, opts, request),
        else: create(sock, name, kind, opts, request)
    end
  end

  defp create(sock, name, kind, opts, request) do
    send = &Request.run(sock, @rtm_newlink, nlm_f_create() ||| nlm_f_excl(), &1, request)

    with {:ok, draft} <- Link.Options.cast_new(name, kind, opts),
         {:ok, draft} <- Link.Options.resolve(draft, sock, request),
         # Kernels before 6.1 do not echo links.
         {:error, :no_reply} <- Link.Options.to_request(draft, %Link{}, send),
         do: Link.get(sock, name, Keyword.take(request, [:timeout]))
  end

  @spec delete(Link.target(), Link.ref(), keyword()) :: Link.done()
  def delete(sock, ref, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         {:ok, link} <- Link.lookup(sock, ref, opts),
         do: Request.run(sock, @rtm_dellink, 0, %Link{index: link.index}, request)
  end

  @spec set(Link.target(), Link.ref(), keyword()) :: Link.done()
  def set(sock, ref, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {echo, request} = Keyword.pop(request, :echo, false),
         {:ok, draft, own} <- Link.Options.cast(opts),
         {:ok, link} <- Link.lookup(sock, ref, Keyword.take(request, [:timeout])),
         :ok <- Link.Options.same_length(link, draft, opts),
         {:ok, info} <- Link.Options.cast_kind(link, own),
         {:ok, draft} <- Link.Options.resolve(draft ++ info, sock, request),
         send = &Request.run(sock, @rtm_newlink, 0, &1, request),
         :ok <- Link.Options.to_request(draft, %Link{index: link.index}, send) do
      # The kernel echoes a link that it creates, not one that it changes.
      if echo, do: Link.get(sock, link.index, Keyword.take(request, [:timeout])), else: :ok
    end
  end

  # One option of a link; `opts` are those of the request alone.
  @spec set(Link.target(), Link.ref(), atom(), term(), keyword()) :: Link.done()
  def set(sock, ref, option, value, opts) do
    with {:ok, _request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do: set(sock, ref, [{option, value} | opts])
  end

  @spec add_alt_name(Link.target(), Link.ref(), String.t(), keyword()) :: Link.done()
  def add_alt_name(sock, ref, alt_name, opts) do
    flags = nlm_f_create() ||| nlm_f_excl() ||| nlm_f_append()
    change_alt_name(sock, @rtm_newlinkprop, flags, ref, alt_name, opts)
  end

  @spec delete_alt_name(Link.target(), Link.ref(), String.t(), keyword()) :: Link.done()
  def delete_alt_name(sock, ref, alt_name, opts),
    do: change_alt_name(sock, @rtm_dellinkprop, 0, ref, alt_name, opts)

  defp change_alt_name(sock, type, flags, ref, alt_name, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         {:ok, alt_name} <- Type.check({:alt_name, 127}, :name, alt_name),
         {:ok, link} <- Link.lookup(sock, ref, opts) do
      body = %Link{index: link.index, prop_list: %PropList{alt_ifname: [alt_name]}}
      Request.run(sock, type, flags, body, request)
    end
  end
end
