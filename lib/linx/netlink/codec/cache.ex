defmodule Linx.Netlink.Codec.Cache do
  @moduledoc false
  # Native schemas by module, in `:persistent_term`.
  #
  # A schema is made at the first use of its module, and again when a module that it reaches has
  # been loaded with another block, or when the native library was reloaded. The check costs one
  # comparison per use: every codec module has an `@on_load` function that advances a
  # counter, the epoch, and a schema notes the epoch in which it was last found to be current.
  # Modules with a hand-written `__codec__/0`, which have no such function, are asked at every use.
  #
  # `@on_load` runs before the new code can be called, so the function of a module that is loaded
  # again announces the version of the new code. While the module has another one, a schema is used
  # but not noted as current.

  alias Linx.Netlink.Codec.{CustomTypes, NativeError, Schema}
  alias Linx.Netlink.Native

  # The name of the process that makes schemas, while there is one.
  @loader Module.concat(__MODULE__, Loader)

  # Indices of the counters that `Linx.Netlink.Native` makes: see `loads/0` there.
  @epoch 1
  @native 2

  @typedoc "A native schema, and the traversal to values that only Elixir converts."
  @type schema :: {reference(), CustomTypes.traversal()}

  @doc """
  The schema of a module. Attributes and groups of its own that are named in `skip` are not in it.
  """
  @spec fetch(module(), [atom()]) :: schema()
  def fetch(module, skip \\ [])
  def fetch(module, []), do: get({Linx.Netlink.Codec, module}, module, [])
  def fetch(module, skip), do: get({Linx.Netlink.Codec, module, skip}, module, skip)

  @doc """
  The schemas of several modules, and the epoch in which all of them are current: they need not be
  fetched again while `epoch/0` returns it. `nil` in its place if they have to be fetched at each use.
  """
  @spec fetch_all([module()]) :: {[schema()], integer() | nil}
  def fetch_all(modules) do
    # The epoch is read first: what is loaded meanwhile advances it.
    epoch = epoch()
    schemas = Enum.map(modules, &fetch/1)
    current? = modules |> Enum.zip(schemas) |> Enum.all?(&current_in?(&1, epoch))
    {schemas, if(current?, do: epoch)}
  end

  defp current_in?({module, schema}, epoch) do
    case :persistent_term.get({Linx.Netlink.Codec, module}, nil) do
      {^schema, _counters, seen, [], _parts} -> :atomics.get(seen, 1) == epoch
      _ -> false
    end
  end

  @doc """
  The number of loads of codec modules and of the native library.
  """
  @spec epoch() :: integer()
  def epoch, do: :atomics.get(Native.loads(), @epoch)

  defp get(key, module, skip) do
    with {schema, counters, seen, unhooked, parts} <- :persistent_term.get(key, nil),
         true <- :atomics.get(seen, 1) == :atomics.get(counters, @epoch) or current?(parts, seen),
         true <- unhooked == [] or unchanged?(unhooked) do
      schema
    else
      _ -> make(key, module, skip)
    end
  end

  # The epoch is read first: the next use finds what is loaded after that.
  defp current?(parts, seen) do
    counters = Native.loads()
    epoch = :atomics.get(counters, @epoch)
    unchanged? = unchanged?(parts)
    if unchanged? and announced?(parts), do: :atomics.put(seen, 1, epoch)
    unchanged?
  end

  defp announced?(parts) do
    Enum.all?(parts, fn {module, version} ->
      :persistent_term.get({__MODULE__, module}, version) == version
    end)
  end

  defp unchanged?(parts) do
    Enum.all?(parts, fn {module, version} -> version(module) == version end)
  end

  # Making

  # One process at a time makes schemas, and the others wait for it: modules have to be loaded
  # for it, and replacing a persistent term has the VM scan the heaps of all processes.
  defp make(key, module, skip) do
    case Process.whereis(@loader) do
      nil ->
        {_pid, ref} = spawn_monitor(fn -> make_alone(key, module, skip) end)
        if reason(ref) == :busy, do: fetch(module, skip), else: made(key, module, skip)

      loader ->
        _ = reason(Process.monitor(loader))
        fetch(module, skip)
    end
  end

  defp reason(ref) do
    receive do: ({:DOWN, ^ref, :process, _, reason} -> reason)
  end

  defp make_alone(key, module, skip) do
    try do
      true = Process.register(self(), @loader)
    rescue
      ArgumentError -> exit(:busy)
    end

    stored(key) || store(key, module, skip)
  rescue
    # The caller makes the schema itself then, and gets the same error.
    _ -> :ok
  end

  defp made(key, module, skip), do: stored(key) || store(key, module, skip)

  defp stored(key) do
    with {schema, _counters, seen, unhooked, parts} <- :persistent_term.get(key, nil),
         true <- current?(parts, seen) and unchanged?(unhooked) do
      schema
    else
      _ -> nil
    end
  end

  defp store(key, module, skip) do
    # Loads the native library, which makes the counters.
    {:module, Native} = Code.ensure_loaded(Native)
    counters = Native.loads()
    {description, modules} = Schema.describe(module, skip)
    parts = for module <- [Native | modules], do: {module, version(module)}
    {parts, unhooked} = Enum.split_with(parts, &hooked?/1)

    schema = {
      description |> Native.schema_load() |> NativeError.ok!(),
      CustomTypes.traversal(module, modules)
    }

    # Not noted as current yet: the next use compares it once.
    seen = :atomics.new(1, signed: false)
    :persistent_term.put(key, {schema, counters, seen, unhooked, parts})
    schema
  end

  # Versions

  @spec version(module()) :: term()
  defp version(Native), do: :atomics.get(Native.loads(), @native)

  defp version(module) do
    cond do
      not Code.ensure_loaded?(module) -> nil
      function_exported?(module, :__codec__, 1) -> module.__codec__(:digest)
      function_exported?(module, :__codec__, 0) -> module.module_info(:md5)
      true -> :custom
    end
  end

  # A custom type that is loaded with a block advances the epoch then.
  defp hooked?({Native, _version}), do: true
  defp hooked?({_module, :custom}), do: true
  defp hooked?({module, _version}), do: function_exported?(module, :__codec_loaded__, 0)

  @doc false
  # The `@on_load` function of a codec module. One that has its own is asked at every use.
  defmacro __before_compile__(env) do
    if Module.get_attribute(env.module, :on_load) in [nil, []] do
      quote do
        @on_load :__codec_loaded__

        @doc false
        # Calls nothing that may not have been compiled yet: without counters there is no cache.
        def __codec_loaded__ do
          case :persistent_term.get(unquote(Native), nil) do
            nil -> :ok
            counters -> unquote(__MODULE__).loading(counters, __MODULE__, @linx_codec_digest)
          end
        end
      end
    end
  end

  @doc """
  Notes that a module is being loaded. Called from its `@on_load` function.
  """
  @spec loading(:atomics.atomics_ref(), module(), non_neg_integer()) :: :ok
  def loading(counters, module, digest) do
    key = {__MODULE__, module}

    if :erlang.module_loaded(module) or :persistent_term.get(key, nil) != nil,
      do: :persistent_term.put(key, digest)

    :atomics.add(counters, @epoch, 1)
  end
end
