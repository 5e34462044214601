defmodule Linx.Netlink.Reason do
  @moduledoc false
  # The text of an error reason, for `Linx.Netlink.format_error/1`.

  alias Linx.{Errno, Text}
  alias Linx.Netlink.Error
  alias Linx.Netlink.Options.Names

  # Bytes of a value that are shown, at most.
  @shown 200

  # Smallest Jaro similarity of a name that is suggested, as for misspelt functions in Elixir.
  @similar 0.77

  @atoms %{
    dump_interrupted: "the dump was interrupted by changes, each time it was repeated",
    no_reply: "the kernel acknowledged the request without an object",
    not_subscribed: "the process is no subscriber of the monitor",
    no_snapshot: "the monitor's protocol has no snapshots",
    system_limit: "the table of processes is full",
    timeout: "no answer within the timeout",
    closed: "the socket is closed",
    truncated: "the datagram is larger than the buffer",
    enobufs: "the receive buffer overflowed",
    noproc: "there is no such process"
  }

  # What a value of `{:bad_…, value}` is not.
  @expected %{
    bad_address: "an IP address",
    bad_cidr: "a prefix such as 192.0.2.0/24",
    bad_dump_retries: "a number of repetitions (`:dump_retries`)",
    bad_mac: "a MAC address",
    bad_mode: "a mode of this kind of link",
    bad_name: "a name that an object of this kind can have",
    bad_netns: "a network namespace: `:host`, `{:pid, pid}` or `{:path, path}`",
    bad_path: "a path",
    bad_payload: "iodata",
    bad_prefix: "a prefix length of this family",
    bad_subnet: "a subnet",
    bad_subsys: "a subsystem of nfnetlink",
    bad_target: "a socket or a connection",
    bad_timeout: "a timeout in milliseconds, or `:infinity`"
  }

  @stages %{
    send: "the request could not be sent",
    recv: "the reply could not be received",
    socket: "the socket could not be opened",
    bind: "the socket could not be bound",
    open: "the namespace could not be opened",
    setns: "the namespace could not be entered",
    thread: "no thread could be started",
    ioctl: "the device could not be made"
  }

  @doc """
  The text of a reason, in one line.
  """
  @spec text(term()) :: String.t()
  def text({:error, reason}), do: text(reason)
  def text(%{__exception__: true} = error), do: Exception.message(error)

  def text({:unknown_option, key}), do: "unknown option #{value(key)}" <> suggestion(key)
  def text({:missing_option, key}), do: "the option #{value(key)} is required"

  def text({:bad_option, key, value}),
    do: "the option #{value(key)} does not take #{value(value)}"

  def text({:bad_message, position}), do: "item #{value(position)} of the list is no message"

  def text({:wrong_protocol, {expected, actual}}),
    do: "the socket is of the netlink protocol #{value(actual)}, not #{value(expected)}"

  def text({:already_started, pid}), do: "already started: #{value(pid)}"

  def text({:down, reason}), do: "the process is down: #{text(reason)}"
  def text({nil, %Error{} = error}), do: "the transaction: #{text(error)}"

  def text({position, %Error{} = error}) when is_integer(position),
    do: "message #{position}: #{text(error)}"

  def text({bad, value}) when is_map_key(@expected, bad),
    do: "#{value(value)} is not #{@expected[bad]}"

  def text({stage, errno}) when is_map_key(@stages, stage),
    do: "#{@stages[stage]}: #{errno(errno)}"

  def text(atom) when is_map_key(@atoms, atom), do: @atoms[atom]

  def text(atom) when is_atom(atom) do
    if Errno.code(atom), do: errno(atom), else: words(atom)
  end

  # A part of the input, such as `:route`, and what is wrong with it.
  def text({part, reason}) when is_atom(part) and (is_tuple(reason) or is_atom(reason)),
    do: "#{words(part)}: #{text(reason)}"

  def text({part, value}) when is_atom(part), do: "#{words(part)}: #{value(value)}"
  def text(other), do: value(other)

  # As in the message of `Linx.Netlink.Error`.
  defp errno(code) when is_integer(code) and code > 0, do: code |> Error.from_errno() |> text()

  defp errno(atom) do
    case is_atom(atom) && Errno.code(atom) do
      code when is_integer(code) -> "#{atom |> Atom.to_string() |> String.upcase()} (#{code})"
      _ -> text(atom)
    end
  end

  defp words(atom), do: atom |> Atom.to_string() |> String.replace("_", " ") |> Text.line()

  defp value(value) do
    text = value |> inspect(limit: 20, printable_limit: @shown) |> Text.line()
    if byte_size(text) > 2 * @shown, do: String.slice(text, 0, @shown) <> "…", else: text
  end

  # An option that another function has is not misspelt.
  defp suggestion(key) when is_atom(key) do
    name = Atom.to_string(key)
    nearest = Enum.max(for option <- Names.all(), do: {similarity(option, name), option})

    case nearest do
      {_similarity, ^key} -> " of this function"
      {similarity, option} when similarity >= @similar -> " (did you mean #{inspect(option)}?)"
      _ -> ""
    end
  end

  defp suggestion(_key), do: ""

  defp similarity(option, name), do: option |> Atom.to_string() |> String.jaro_distance(name)
end
