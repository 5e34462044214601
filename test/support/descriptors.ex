defmodule Linx.Test.Descriptors do
  @moduledoc false
  # The descriptors of this VM, by the kernel's word. For tests that are not async.

  @doc "What each open descriptor refers to, as `/proc/self/fd` names it."
  def list do
    for fd <- File.ls!("/proc/self/fd"),
        {:ok, target} <- [File.read_link("/proc/self/fd/" <> fd)],
        do: {String.to_integer(fd), target}
  end

  @doc "How many sockets are open."
  def sockets,
    do: Enum.count(list(), fn {_fd, target} -> String.starts_with?(target, "socket:") end)

  @doc """
  Waits until as many sockets are open as `expected` says, and returns that.
  """
  def settle(expected) do
    Linx.Test.Wait.eventually(fn ->
      :erlang.garbage_collect()
      sockets() == expected && expected
    end)
  end
end
