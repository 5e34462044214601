defmodule Linx.Netlink.Rtnl.Tc.Change do
  @moduledoc false
  # Requests that write and delete qdiscs and classes.

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.Netlink.{Message, Options, Request}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.Kind

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @typedoc """
  A class of objects: an empty struct, the table of kinds, the options that say where an object is, and the
  fields that it has without them, by kind.
  """
  @type objects :: %{
          struct: struct(),
          kinds: module(),
          place: keyword(),
          defaults: (kind :: String.t() -> keyword())
        }

  @type done :: :ok | {:ok, struct() | Message.t()} | {:error, Link.error() | Options.reason()}

  @doc "Sends an object of a kind."
  @spec write(
          Link.target(),
          0..0xFFFF,
          :add | :replace | :change,
          objects(),
          {Link.ref(), atom() | String.t()},
          keyword()
        ) ::
          done()
  def write(target, type, verb, objects, {link, kind}, opts) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_route),
         {:ok, object} <- build(objects, {link, kind}, opts, Kind.lookup(target, request)),
         do: Request.run(target, type, flags(verb), object, request)
  end

  @doc "The object of a request to add it."
  @spec build(objects(), {Link.ref(), atom() | String.t()}, keyword(), Kind.lookup()) ::
          {:ok, struct()} | {:error, Link.error() | Options.reason()}
  def build(objects, {link, kind}, opts, lookup) do
    with {:ok, kind} <- Options.Type.check(:kind, :kind, kind),
         {place, opts} = Options.split_keys(opts, Keyword.keys(objects.place)),
         {:ok, place} <- Options.cast(objects.place, place),
         {:ok, options} <- Kind.new(Kind.of(objects.kinds, kind), opts, lookup),
         {:ok, index} <- lookup.(link) do
      {:ok,
       objects.struct
       |> struct!(objects.defaults.(kind))
       |> struct!(place)
       |> struct!(ifindex: index, kind: kind, options: options)}
    end
  end

  @doc "The flags of the request of a verb."
  @spec flags(:add | :replace | :change) :: 0..0xFFFF
  def flags(:add), do: nlm_f_create() ||| nlm_f_excl()
  def flags(:replace), do: nlm_f_create() ||| nlm_f_replace()
  def flags(:change), do: 0

  @doc "Deletes the object in a place, which the option `:kind` may name as well."
  @spec delete(Link.target(), 0..0xFFFF, objects(), Link.ref(), keyword()) :: done()
  def delete(target, type, objects, link, opts) do
    with {:ok, request, given} <-
           Options.read(opts, :set, @netlink_route, [kind: :kind] ++ objects.place),
         {:ok, index} <- Link.index(target, link, request) do
      # A handle is enough.
      place = if given[:handle], do: [], else: objects.defaults.(given[:kind] || "")
      object = objects.struct |> struct!(place) |> struct!(given) |> struct!(ifindex: index)
      Request.run(target, type, 0, object, request)
    end
  end
end
