defmodule Linx.Netlink.Generic do
  @moduledoc """
  Generic netlink: families of messages that kernel modules register by name.

  Kernel side: `NETLINK_GENERIC` of `include/uapi/linux/netlink.h`, `struct genlmsghdr` and the
  controller's `CTRL_*` of `include/uapi/linux/genetlink.h`.

      {:ok, sock} = Linx.Netlink.Generic.open()
      {:ok, families} = Linx.Netlink.Generic.families(sock)
      Enum.map(families, & &1.name)
      #=> ["nlctrl", "ethtool", "wireguard", …]

  A family is declared by a module, see `Linx.Netlink.Generic.Family`. Its messages are requested by the
  names of its commands:

      {:ok, families} = Linx.Netlink.Generic.dump(sock, Linx.Netlink.Generic.Controller, :getfamily, nil)

  The id of a family, which is the type of its messages, is looked up once for each socket or connection.
  When the kernel does not know it any more, since the family's module was loaded again, it is looked up
  again and the request is repeated; requests of a `Linx.Netlink.Batch` are not repeated.

  Reading families and policies needs no privilege. `Linx.Netlink.Generic.Monitor` receives
  notifications.

  ## Errors

    * `{:unknown_family, name}` - the kernel has no such family, and no module of it;
    * those of `Linx.Netlink.Request`.
  """

  alias Linx.Netlink.{Batch, Error, Message, Options, Reason, Request, Socket}
  alias __MODULE__.{Controller, Family, Id, Policy}

  # NETLINK_GENERIC of include/uapi/linux/netlink.h.
  @netlink_generic 16

  @type error :: Request.error() | {:unknown_family, term()} | :no_reply

  @doc """
  Opens a socket of generic netlink in a network namespace, by default that of the VM.

  Needs no privilege in the VM's namespace, `CAP_SYS_ADMIN` in another one. Errors are those of
  `Linx.Netlink.Socket.open/2`.
  """
  @spec open(Socket.netns()) :: {:ok, Socket.t()} | {:error, Socket.open_error()}
  def open(netns \\ :host), do: Socket.open(@netlink_generic, netns)

  @doc """
  Gets a family by its name.

  The kernel loads the module of the family, where there is one. Option: `:timeout`.
  """
  @spec family(Request.target(), String.t(), timeout: timeout()) ::
          {:ok, Family.t() | Batch.Read.t()} | {:error, error()}
  def family(target, name, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :get, @netlink_generic, []),
         :ok <- name(name) do
      target
      |> Request.fetch(
        Controller.id(),
        %Family.Body{family_name: name},
        request ++ controller(:getfamily)
      )
      |> Batch.finish(&known(&1, name))
    end
  end

  @doc "The same as `family/3`."
  @spec resolve(Request.target(), String.t(), timeout: timeout()) ::
          {:ok, Family.t() | Batch.Read.t()} | {:error, error()}
  def resolve(target, name, opts \\ []), do: family(target, name, opts)

  @doc """
  Lists the families of the kernel. Modules that are not loaded have none.

  Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec families(Request.target(), [Request.option()]) :: {:ok, [Family.t()]} | {:error, error()}
  def families(target, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_generic, []),
         {:ok, bodies} <-
           Request.dump(
             target,
             Controller.id(),
             %Family.Body{},
             request ++ controller(:getfamily)
           ),
         do: {:ok, Enum.map(bodies, &Family.of/1)}
  end

  @doc """
  Gets what the running kernel accepts for the commands of a family; from Linux 5.10.

  Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`. A family without policies is
  refused with `:enodata`.
  """
  @spec policy(Request.target(), String.t(), [Request.option()]) ::
          {:ok, Policy.t()} | {:error, error()}
  def policy(target, name, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_generic, []),
         :ok <- name(name),
         {:ok, %{ops: ops}} <-
           family(Batch.target(target), name, Keyword.take(request, [:timeout])),
         query = %Policy.Part{family_name: name},
         {:ok, parts} <-
           Request.dump(target, Controller.id(), query, request ++ controller(:getpolicy)),
         do: {:ok, Policy.of(parts, ops)}
  end

  defp name(name), do: if(Family.name?(name), do: :ok, else: {:error, {:unknown_family, name}})

  defp known({:ok, body}, _name), do: {:ok, Family.of(body)}
  defp known({:error, %Error{errno: :enoent}}, name), do: {:error, {:unknown_family, name}}
  defp known(failure, _name), do: failure

  defp controller(command) do
    %{version: version, commands: %{^command => %{id: id}}} = Controller.__family__()
    [head: <<id, version>>]
  end

  @doc """
  Lists objects by a command of a declared family, which has `dump: true`. `query` is a struct of the
  command's codec module, or `nil` for an empty one. Returns and options are those of
  `Linx.Netlink.Request.dump/4`.

  Raises `ArgumentError` for a module that declares no family, a command that is not declared, or a struct
  of another module, as all functions here.
  """
  @spec dump(Request.target(), module(), atom(), struct() | nil, [Request.option()]) ::
          {:ok, [struct()]} | {:error, error()}
  def dump(target, family, command, query \\ nil, opts \\ []) do
    :ok = lists!(family, command)
    call(target, {family, command, query}, opts, &Request.dump/4)
  end

  @doc """
  Stream of the structs that `dump/5` returns, as `Linx.Netlink.Request.stream!/4`. The family's id is
  looked up when it is called; a failure of that raises `ArgumentError`.
  """
  @spec stream!(Request.target(), module(), atom(), struct() | nil, [Request.option()]) ::
          Enumerable.t()
  def stream!(target, family, command, query \\ nil, opts \\ []) do
    :ok = lists!(family, command)

    case call(target, {family, command, query}, opts, &Request.stream!/4) do
      {:error, reason} -> raise ArgumentError, "cannot stream: #{Reason.text(reason)}"
      stream -> stream
    end
  end

  @doc """
  Gets the object that a command of a declared family answers with. Returns and options are those of
  `Linx.Netlink.Request.fetch/4`.
  """
  @spec fetch(Request.target(), module(), atom(), struct() | nil, [Request.option()]) ::
          {:ok, struct() | Batch.Read.t()} | {:error, error()}
  def fetch(target, family, command, query \\ nil, opts \\ []) do
    call(target, {family, command, query}, opts, &Request.fetch/4)
  end

  @doc """
  Gets all objects that a command of a declared family answers with, where that is no dump. Returns and
  options are those of `Linx.Netlink.Request.fetch_all/4`.
  """
  @spec fetch_all(Request.target(), module(), atom(), struct() | nil, [Request.option()]) ::
          {:ok, [struct()]} | {:error, error()}
  def fetch_all(target, family, command, query \\ nil, opts \\ []) do
    call(target, {family, command, query}, opts, &Request.fetch_all/4)
  end

  @doc """
  Changes something by a command of a declared family. Returns and options are those of
  `Linx.Netlink.Request.run/5`.
  """
  @spec run(Request.target(), module(), atom(), struct() | nil, [
          Request.option() | {:echo, boolean()}
        ]) :: :ok | {:ok, struct() | Message.t()} | {:error, error()}
  def run(target, family, command, body \\ nil, opts \\ []) do
    call(target, {family, command, body}, opts, &Request.run(&1, &2, 0, &3, &4))
  end

  defp call(target, {family, command, body}, opts, send) do
    %{name: name, version: version} = declaration!(family)
    row = row!(family, command)
    body = body!(row, body)

    with {:ok, opts} <- Options.request(opts),
         opts = [protocol: @netlink_generic, head: <<row.id, version>>, reply: row.reply] ++ opts,
         {:ok, id} <- Id.fetch(target, name, opts) do
      case send.(target, id, body, opts) do
        {:error, %Error{errno: :enoent}} = refused ->
          again(Id.renew(target, name, id, opts), refused, &send.(target, &1, body, opts))

        result ->
          result
      end
    end
  end

  # The kernel refuses an id that it does not know with ENOENT, and families refuse objects so.
  defp again({:ok, id}, _refused, send), do: send.(id)
  defp again(:same, refused, _send), do: refused
  defp again({:error, reason}, _refused, _send), do: {:error, reason}

  defp declaration!(family) do
    unless is_atom(family) and Code.ensure_loaded?(family) and
             function_exported?(family, :__family__, 0),
           do: raise(ArgumentError, "not a module that declares a family: #{inspect(family)}")

    family.__family__()
  end

  defp row!(family, command) do
    commands = declaration!(family).commands

    Map.get(commands, command) ||
      raise ArgumentError,
            "#{inspect(family)} has no command #{inspect(command)}, but " <>
              Enum.map_join(Map.keys(commands), ", ", &inspect/1)
  end

  defp lists!(family, command) do
    unless row!(family, command).dump,
      do: raise(ArgumentError, "#{inspect(command)} of #{inspect(family)} does not list objects")

    :ok
  end

  defp body!(%{module: module}, nil), do: struct!(module)
  defp body!(%{module: module}, %module{} = body), do: body

  defp body!(%{module: module}, other),
    do: raise(ArgumentError, "not a struct of #{inspect(module)}: #{inspect(other)}")
end
