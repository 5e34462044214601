defmodule Linx.Test.Descriptors do
  @moduledoc false
  # The open descriptors of this VM, from /proc. For tests that are not async.

  @doc "The open descriptors and the names of their files, from `/proc/self/fd`."
  def list do
    for fd <- File.ls!("/proc/self/fd"),
        {:ok, target} <- [File.read_link("/proc/self/fd/" <> fd)],
        do: {String.to_integer(fd), target}
  end

  @doc "The number of open sockets."
  def sockets,
    do: Enum.count(list(), fn {_fd, target} -> String.starts_with?(target, "socket:") end)

  @doc """
  Waits until `expected` sockets are open, and returns that number.
  """
  def settle(expected) do
    Linx.Test.Wait.eventually(fn ->
      :erlang.garbage_collect()
      sockets() == expected && expected
    end)
  end
end
