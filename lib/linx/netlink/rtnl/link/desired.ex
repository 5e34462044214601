defmodule Linx.Netlink.Rtnl.Link.Desired do
  @moduledoc false
  # Links of a desired state: `{name, kind}` or `{name, kind, opts}`.

  @behaviour Linx.Netlink.Resource.Desired

  alias Linx.Netlink.Error
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Link.{Plan, Spec}

  @impl true
  def cast(spec, _context), do: Spec.normalize(spec)

  @impl true
  def steps(desired, observed, context),
    do: Plan.steps(desired, observed, context.owned, context.indices)

  @doc """
  Key of a link that a pass owns: another link may get its name later.
  """
  @spec owner_key(Link.t()) :: {String.t() | nil, integer() | nil}
  def owner_key(link), do: {link.name, link.index}

  @impl true
  def execute(sock, {:create, %Link{name: name}}, spec) do
    with :ok <- Link.create(sock, name, spec.kind, spec.create),
         do: finish(sock, name, spec.set)
  end

  def execute(_sock, {:update, _link}, {:kind, kind}), do: {:error, {:other_kind, kind}}

  def execute(sock, {:update, link}, {:set, opts}) do
    case Link.set(sock, link.index, opts) do
      :ok -> {:ok, link}
      # An option of the table for new links only.
      {:error, {:unknown_option, key}} -> {:error, {:only_at_creation, key}}
      {:error, reason} -> {:error, reason}
    end
  end

  def execute(sock, {:delete, link}, _detail) do
    case Link.delete(sock, link.index) do
      :ok -> {:ok, link}
      {:error, %Error{errno: :enodev}} -> {:ok, link}
      {:error, reason} -> {:error, reason}
    end
  end

  def execute(_sock, {:replace, _existing, link}, {:set, []}), do: {:ok, link}

  def execute(sock, {:replace, _existing, link}, {:set, _opts} = detail),
    do: execute(sock, {:update, link}, detail)

  def execute(sock, {:replace, existing, link}, {:recreate, spec}) do
    with {:ok, _} <- execute(sock, {:delete, existing}, nil),
         do: execute(sock, {:create, link}, spec)
  end

  # A link without some of its settings is not left behind.
  defp finish(sock, name, set) do
    with :ok <- if(set == [], do: :ok, else: Link.set(sock, name, set)),
         {:ok, link} <- Link.get(sock, name) do
      {:ok, link}
    else
      {:error, reason} ->
        _ = Link.delete(sock, name)
        {:error, reason}
    end
  end
end
