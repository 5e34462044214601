defmodule Linx.Application do
  @moduledoc false
  # Loads the native library when the application starts: its thread, and the descriptors that it
  # keeps for the moment when there are none to spare, are there before anybody needs them. Where
  # the application is not started, the library is loaded at its first use.

  use Application

  alias Linx.Netlink.Native

  @impl true
  def start(_type, _args) do
    # A library that cannot be loaded is an error of the calls that need it.
    _ = Code.ensure_loaded(Native)
    Supervisor.start_link([], strategy: :one_for_one)
  end
end
