defmodule Linx.Netlink.Monitor.Undecoded do
  @moduledoc false
  # Protocol of a monitor that was given a number: notifications as they are on the wire.

  @behaviour Linx.Netlink.Protocol

  # The option `:protocol` of the monitor is the number.
  @impl true
  def number, do: 0

  @impl true
  def groups, do: []

  @impl true
  def tag, do: :linx_netlink

  @impl true
  def options,
    do: [
      protocol: {0..0xFFFFFFFF, default: 0},
      groups: {{:groups, []}, required: true},
      optional_groups: {:groups, []}
    ]

  @impl true
  def decode(message), do: {:ok, message}

  @impl true
  def message(tag, monitor, {:event, message}), do: {tag, monitor, {:message, message}}
  def message(tag, monitor, report), do: {tag, monitor, report}
end
