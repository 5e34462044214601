defmodule Linx.Netlink.ProcessOptions do
  @moduledoc false
  # Options of processes: a table checks the options of `start_link/1` and `subscribe/3` of
  # monitors, views and connections, before anything is started or sent. `Linx.Netlink.Options`
  # does so; the types here are those of processes.
  #
  # A row is `key: type` or `key: {type, extras}`; the extras are `required: true` and
  # `default: value`.

  alias Linx.Netlink.Options

  @type type ::
          :netns
          | :owner
          | :term
          | :filter
          | :name
          | :timeout
          | :boolean
          | :keyword
          | Range.t()
          | {:groups, keyword(pos_integer())}
          | {:one_of, [term()]}
          | {:list_of, [term()]}
          | {:some_of, [term()]}
          | {:either, [type()]}
          | {:where, (term() -> boolean())}

  @type table :: [{atom(), type() | {type(), keyword()}}]
  @type reason ::
          {:unknown_option, term()} | {:bad_option, atom(), term()} | {:missing_option, atom()}

  @server [:name, :timeout, :debug, :spawn_opt, :hibernate_after]

  @doc """
  Rows of every process: the options of `GenServer.start_link/3`.
  """
  @spec server() :: table()
  def server do
    [
      name: :name,
      timeout: :timeout,
      debug: :keyword,
      spawn_opt: :keyword,
      hibernate_after: :timeout
    ]
  end

  @doc """
  Rows of a process that reads notifications. Its receive buffer has 4 MiB by default.
  """
  @spec listener() :: table()
  def listener do
    [
      netns: {:netns, default: :host},
      rcvbuf: {1..0xFFFFFFFF, default: 4 * 1024 * 1024},
      force_rcvbuf: {:boolean, default: false}
    ] ++ server()
  end

  @doc """
  Checked options as a map, with defaults. Of a key that is given twice the first counts, as in a
  keyword list.
  """
  @spec check(table(), list()) :: {:ok, map()} | {:error, reason()}
  def check(table, opts) do
    rows =
      for {key, row} <- table, do: {key, {{:check, &convert(type(row), &1)}, "", extras(row)}}

    defaults = for {key, row} <- table, {:default, value} <- extras(row), do: {key, value}
    with {:ok, given} <- Options.cast(rows, opts), do: {:ok, Map.merge(Map.new(defaults), given)}
  end

  defp type({type, [{extra, _} | _]}) when extra in [:required, :default], do: type
  defp type(type), do: type

  defp extras({_type, [{extra, _} | _] = extras}) when extra in [:required, :default], do: extras
  defp extras(_type), do: []

  @doc """
  The checked options that are those of `GenServer.start_link/3`.
  """
  @spec for_server(map()) :: keyword()
  def for_server(options), do: options |> Map.take(@server) |> Map.to_list()

  defp convert({:groups, names}, value) do
    with true <- is_list(value) and value != [] and not List.improper?(value),
         numbers = Enum.map(value, &group(names, &1)),
         true <- nil not in numbers do
      {:ok, numbers}
    else
      false -> :error
    end
  end

  defp convert(type, value), do: if(is?(type, value), do: {:ok, value}, else: :error)

  defp group(_names, number) when is_integer(number) and number > 0, do: number
  defp group(names, name) when is_atom(name), do: names[name]
  defp group(_names, _other), do: nil

  defp is?(:term, _value), do: true
  defp is?(:netns, :host), do: true
  defp is?(:netns, {:path, path}), do: is_binary(path)
  defp is?(:netns, {:pid, pid}), do: is_integer(pid) and pid > 0
  defp is?(:owner, value), do: is_pid(value) or value == nil
  defp is?(:filter, value), do: is_function(value, 1) or value == nil
  defp is?(:name, {:global, _term}), do: true

  defp is?(:name, {:via, module, _term}),
    do:
      is_atom(module) and Code.ensure_loaded?(module) and
        function_exported?(module, :register_name, 2)

  defp is?(:name, value), do: is_atom(value)
  defp is?(:timeout, value), do: value == :infinity or is?(0..0xFFFFFFFF, value)
  defp is?(:boolean, value), do: is_boolean(value)
  defp is?(:keyword, value), do: is_list(value)
  defp is?(_first.._last//_ = range, value), do: is_integer(value) and value in range
  defp is?({:one_of, values}, value), do: value in values

  defp is?({:list_of, values}, list),
    do: is_list(list) and not List.improper?(list) and list -- values == []

  defp is?({:some_of, values}, list), do: list != [] and is?({:list_of, values}, list)
  defp is?({:either, types}, value), do: Enum.any?(types, &is?(&1, value))
  defp is?({:where, fun}, value), do: fun.(value)
  defp is?(_type, _value), do: false
end
