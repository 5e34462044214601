defmodule Linx.Netlink.Rtnl.Rule.Desired do
  @moduledoc false
  # Rules of a desired state: the options of `Linx.Netlink.Rtnl.Rule.add/2`, with a `:priority`.

  @behaviour Linx.Netlink.Resource.Desired

  alias Linx.Netlink.Resource.{Desired, Verbs}
  alias Linx.Netlink.Rtnl.Rule
  alias Linx.Netlink.Rtnl.Rule.Plan

  # Without a priority the kernel would choose one, and another one each time.
  @impl true
  def cast([{_, _} | _] = opts, context) do
    with true <- Keyword.has_key?(opts, :priority) || {:error, {:missing_option, :priority}},
         :ok <- named(opts, [:iif, :oif]),
         {:ok, {rule, []}} <- Rule.Options.cast(Keyword.put(opts, :protocol, context.protocol)),
         do: {:ok, Desired.as_listed(rule)}
  end

  def cast(spec, _context), do: {:error, {:bad_spec, spec}}

  defp named(opts, keys) do
    case Enum.find(keys, &is_integer(opts[&1])) do
      nil -> :ok
      key -> {:error, {:bad_option, key, opts[key]}}
    end
  end

  @impl true
  def steps(desired, observed, context) do
    {managed, foreign} = Enum.split_with(observed, context.managed?)
    Plan.steps(desired, managed, foreign)
  end

  @impl true
  def execute(sock, {:create, rule}, :force),
    do: with(:ok <- Verbs.force(sock, rule), do: {:ok, rule})

  def execute(sock, {:replace, existing, rule}, detail) do
    write = if detail == :force, do: &Verbs.force/2, else: &Verbs.create/2

    with :ok <- write.(sock, rule),
         :ok <- Rule.delete(sock, existing),
         do: {:ok, rule}
  end

  def execute(_sock, _op, _detail), do: :default
end
