defmodule Linx.Application do
  @moduledoc false
  # Loads the native library when the application starts. Its thread and its reserve of descriptors,
  # used at the limit of descriptors, then exist before the first request. If the application is not
  # started, the first use loads the library.

  use Application

  alias Linx.Netlink.Native

  @impl true
  def start(_type, _args) do
    # If the library cannot be loaded, the calls that need it return or raise that error.
    _ = Code.ensure_loaded(Native)
    Supervisor.start_link([], strategy: :one_for_one)
  end
end
