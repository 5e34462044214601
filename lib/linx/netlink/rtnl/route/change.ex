defmodule Linx.Netlink.Rtnl.Route.Change do
  @moduledoc false
  # The verbs of routes that write.

  import Bitwise, only: [|||: 2]

  import Linx.Netlink.Constants,
    only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.Netlink.{Options, Request}
  alias Linx.Netlink.Rtnl.{Flush, Link, Route}
  alias Linx.Netlink.Rtnl.Route.Requests

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newroute 24
  @rtm_delroute 25

  @flags %{
    add: nlm_f_create() ||| nlm_f_excl(),
    replace: nlm_f_create() ||| nlm_f_replace(),
    append: nlm_f_create() ||| nlm_f_append(),
    change: nlm_f_replace()
  }

  @type verb :: :add | :replace | :append | :change

  @doc """
  Writes the route of destination, prefix length, gateway and options; or of subnet, gateway, options
  and `[]`.
  """
  @spec write(verb(), Link.target(), Route.dst() | Route.subnet(), term(), term(), keyword()) ::
          Route.done()
  def write(verb, sock, dst, prefix, gateway, opts) do
    {prefix, gateway, opts} = arguments(prefix, gateway, opts)

    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, draft} <- Route.Options.cast(dst, prefix, gateway, opts, :write),
         {:ok, route} <- Route.Options.resolve(draft, sock, request) do
      Request.run(sock, @rtm_newroute, Map.fetch!(@flags, verb), route, request)
    end
  end

  defp arguments(gateway, opts, []) when is_list(opts), do: {:subnet, gateway, opts}
  defp arguments(prefix, gateway, opts), do: {prefix, gateway, opts}

  @doc "Writes a route that was read."
  @spec write_whole(verb(), Link.target(), Route.t(), keyword()) :: Route.done()
  def write_whole(verb, sock, route, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :add, @netlink_route, []),
         do:
           Request.run(
             sock,
             @rtm_newroute,
             Map.fetch!(@flags, verb),
             Requests.create(route),
             request
           )
  end

  @doc "Deletes the first route with the given properties; arguments as for `write/6`."
  @spec delete(Link.target(), Route.dst() | Route.subnet(), term(), term(), keyword()) ::
          Route.done()
  def delete(sock, dst, prefix, gateway, opts) do
    {prefix, gateway, opts} = arguments(prefix, gateway, opts)

    with {:ok, request, opts} <- Options.split(opts, :set, @netlink_route),
         {:ok, draft} <- Route.Options.cast(dst, prefix, gateway, opts, :delete),
         {:ok, route} <- Route.Options.resolve(draft, sock, request) do
      Request.run(sock, @rtm_delroute, 0, route, request)
    end
  end

  @doc "Deletes a route that was read."
  @spec delete_whole(Link.target(), Route.t(), keyword()) :: Route.done()
  def delete_whole(sock, route, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_route, []),
         do: Request.run(sock, @rtm_delroute, 0, Requests.delete(route), request)
  end

  @doc "Deletes the routes of a list."
  @spec flush(Link.target(), keyword()) :: {:ok, non_neg_integer()} | {:error, Route.error()}
  def flush(sock, opts) do
    with :ok <- Options.keyword(opts),
         {:ok, routes} <- Route.list(sock, Keyword.put_new(opts, :table, :main)) do
      requests = Enum.map(routes, &Requests.delete/1)
      # Routes go with one another, and with their link.
      Flush.run(sock, @rtm_delroute, requests, [gone: [:esrch, :enodev]], opts)
    end
  end

  @doc "Calls a verb with the destination of a default route."
  @spec default((... -> Route.done()), Link.target(), Route.ip() | nil, keyword()) :: Route.done()
  def default(verb, sock, gateway, opts) do
    with {:ok, dst, opts} <- Route.Options.default_destination(gateway, opts),
         do: verb.(sock, dst, 0, gateway, opts)
  end

  @doc "The route as `write/6` would send it; links are given by index."
  @spec build(Route.dst(), term(), Route.ip() | nil, atom() | 0..255, keyword()) ::
          {:ok, Route.t()} | {:error, Route.input_error()}
  def build(dst, prefix, gateway, scope, opts) do
    with :ok <- Options.keyword(opts),
         opts = [scope: scope] ++ opts,
         {:ok, draft} <- Route.Options.cast(dst, prefix, gateway, opts, :write),
         do: Route.Options.without_names(draft)
  end
end
