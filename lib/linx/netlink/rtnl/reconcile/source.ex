defmodule Linx.Netlink.Rtnl.Reconcile.Source do
  @moduledoc """
  A network namespace as something that a generic loop can keep as desired.

  A loop calls `reconcile/4` with what the last call returned as `last_applied`, and
  calls it again when a message of `subscribe/2` arrives. `scope` is a namespace, as
  `Linx.Netlink.Socket.open/2` takes it.

      {:ok, _monitor} = Source.subscribe({:path, "/run/netns/demo"}, self())
      {:ok, report} = Source.reconcile({:path, "/run/netns/demo"}, desired, %{}, [])

  Each call opens a socket of its own and closes it again.
  """

  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Monitor, Reconcile, Route}
  alias Linx.Netlink.Rtnl.Reconcile.Report

  @doc """
  One pass, as `Linx.Netlink.Rtnl.Reconcile.reconcile/4` makes it.

  Options of the loop's own are left alone. A namespace that cannot be opened is an error
  as of `Linx.Netlink.Socket.open/2`.
  """
  @spec reconcile(Socket.netns(), Reconcile.desired(), Reconcile.last_applied(), keyword()) ::
          {:ok, Report.t()} | {:error, Reconcile.error() | term()}
  def reconcile(scope, desired, last_applied, opts) do
    opts = Keyword.take(opts, [:protocol, :dry_run, :on_error, :takeover])
    with_socket(scope, &Reconcile.reconcile(&1, desired, last_applied, opts))
  end

  @doc """
  Has every change of the namespace sent to `owner`, as `Linx.Netlink.Rtnl.Monitor` does;
  returns the monitor's pid.

  What a pass changes itself is announced as well.
  """
  @spec subscribe(Socket.netns(), pid()) :: {:ok, pid()} | {:error, term()}
  def subscribe(scope, owner) do
    case Monitor.subscribe(owner, netns: scope) do
      {:ok, pid} -> {:ok, pid}
      {:error, reason} -> {:error, reason}
      :ignore -> {:error, :ignore}
    end
  end

  @doc """
  The addresses and the routes of the namespace, whoever set them up.

  There are no options yet.
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
