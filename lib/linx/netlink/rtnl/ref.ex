defmodule Linx.Netlink.Rtnl.Ref do
  @moduledoc false
  # Links that a struct under construction refers to by name or index.
  #
  # A draft is a struct that has been checked, with the links that are still to be looked up:
  #
  #     {%Route{dst: dst, multipath: [path]}, [{[:oif], "eth0"}, {[:multipath, 0, :ifindex], 3}]}
  #
  # `cast` of a resource makes a draft of options and asks the kernel nothing; `resolve/3`
  # makes the struct of it.

  alias Linx.Netlink.Rtnl.Link

  @typedoc "The path of a field, of names and positions in lists, and the link whose index it gets."
  @type t :: {[atom() | non_neg_integer()], Link.ref()}
  @type draft(struct) :: {struct, [t()]}

  @doc """
  Separates the options that name links from the others: `Options.parse/3`'s assignments to a map
  of fields and references.
  """
  @spec split([{[atom()], term()}]) :: {%{atom() => term()}, [t()]}
  def split(assigns), do: split(assigns, [], [])

  defp split([{path, {:link, _key, ref}} | assigns], fields, refs),
    do: split(assigns, fields, [{path, ref} | refs])

  defp split([{[field], value} | assigns], fields, refs),
    do: split(assigns, [{field, value} | fields], refs)

  # Of several with one key the last counts.
  defp split([], fields, refs),
    do: {fields |> :lists.reverse() |> Map.new(), :lists.reverse(refs)}

  @doc "The struct with the indices of the links, which are looked up in the socket's namespace."
  @spec resolve(draft(struct), Link.target(), keyword()) ::
          {:ok, struct} | {:error, Link.error()}
        when struct: struct()
  def resolve({struct, refs}, sock, request),
    do: put(struct, refs, &Link.index(sock, &1, request))

  @doc "The struct with the indices that `index` gives for the links."
  @spec put(struct, [t()], (Link.ref() -> {:ok, pos_integer()} | {:error, reason})) ::
          {:ok, struct} | {:error, reason}
        when struct: struct(), reason: term()
  def put(struct, [], _index), do: {:ok, struct}

  def put(struct, [{[field], ref} | refs], index) when is_atom(field) do
    with {:ok, number} <- index.(ref),
         do: struct |> Map.replace!(field, number) |> put(refs, index)
  end

  def put(struct, [{path, ref} | refs], index) do
    with {:ok, number} <- index.(ref),
         do: struct |> put_in(Enum.map(path, &access/1), number) |> put(refs, index)
  end

  defp access(field) when is_atom(field), do: Access.key!(field)
  defp access(position), do: Access.at(position)
end
