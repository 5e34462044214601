defmodule Linx.Netlink.Rtnl.Reconcile.Source do
  @moduledoc """
  Adapter of a network namespace for a generic reconcile loop.

  A loop calls `reconcile/4` with the `last_applied` of the report before, and
  again when a message of `subscribe/2` arrives. `scope` is a namespace, as
  `Linx.Netlink.Socket.open/2` takes it.

      {:ok, _monitor} = Source.subscribe({:path, "/run/netns/demo"}, self())
      {:ok, report} = Source.reconcile({:path, "/run/netns/demo"}, desired, %{}, [])

  Each call opens a socket of its own and closes it again.
  """

  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Monitor, Reconcile, Route}
  alias Linx.Netlink.Rtnl.Reconcile.{Desired, Report}

  @doc """
  Makes one pass, as `Linx.Netlink.Rtnl.Reconcile.reconcile/4` makes it.

  Options of the loop itself are ignored. A namespace that cannot be opened is an error
  as of `Linx.Netlink.Socket.open/2`.
  """
  @spec reconcile(Socket.netns(), Reconcile.desired(), Reconcile.last_applied(), keyword()) ::
          {:ok, Report.t()} | {:error, Reconcile.error() | term()}
  def reconcile(scope, desired, last_applied, opts) do
    opts = Keyword.take(opts, [:protocol, :dry_run, :on_error, :takeover])
    with_socket(scope, &Reconcile.reconcile(&1, desired, last_applied, opts))
  end

  @doc """
  Sends the changes of all objects that can be reconciled to `owner`, by a
  `Linx.Netlink.Rtnl.Monitor`; returns its pid.

  The changes of a pass are events, too.
  """
  @spec subscribe(Socket.netns(), pid()) :: {:ok, pid()} | {:error, term()}
  def subscribe(scope, owner) do
    case Monitor.subscribe(owner, [netns: scope] ++ Desired.groups()) do
      {:ok, pid} -> {:ok, pid}
      {:error, reason} -> {:error, reason}
      :ignore -> {:error, :ignore}
    end
  end

  @doc """
  The addresses and the routes of the namespace, of all owners. It takes no options.
  """
  @spec observe(Socket.netns(), keyword()) ::
          {:ok, %{addresses: [Address.t()], routes: [Route.t()]}} | {:error, term()}
  def observe(scope, _opts) do
    with_socket(scope, fn sock ->
      with {:ok, addresses} <- Address.list(sock),
           {:ok, routes} <- Route.list(sock),
           do: {:ok, %{addresses: addresses, routes: routes}}
    end)
  end

  defp with_socket(scope, fun) do
    with {:ok, sock} <- Rtnl.open(scope) do
      try do
        fun.(sock)
      after
        Socket.close(sock)
      end
    end
  end
end
