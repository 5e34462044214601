defmodule Linx.Netlink.Generic.Monitor do
  @moduledoc """
  Receives notifications of a family of generic netlink, as messages to a process.

  Kernel side: the multicast groups of families, `CTRL_ATTR_MCAST_GROUPS` of
  `include/uapi/linux/genetlink.h`.

      {:ok, monitor} = Linx.Netlink.Generic.Monitor.start_link(family: "nlctrl", groups: ["notify"])

      receive do
        {:linx_genl, ^monitor, %Linx.Netlink.Generic.Event{op: :newfamily, resource: family}} ->
          family.name
      end

  ## Messages

    * `{:linx_genl, monitor, %Linx.Netlink.Generic.Event{}}` - a notification, in the kernel's order;
    * `{:linx_genl, monitor, :resync_needed}` - the kernel dropped notifications because the receive
      buffer was full; the monitor continues;
    * `{:linx_genl, monitor, {:closed, reason}}` - the socket failed and the monitor ends.

  The option `:tag` replaces `:linx_genl`. When the kernel module of the family is loaded again, its new
  groups are joined, and subscribers are sent `:resync_needed`.
  """

  use Linx.Netlink.Protocol

  alias Linx.Netlink.{Generic, Monitor, ProcessOptions, Socket}
  alias Linx.Netlink.Generic.{Controller, Event, Family}

  # NETLINK_GENERIC of include/uapi/linux/netlink.h.
  @netlink_generic 16

  # CTRL_CMD_NEWFAMILY, and the group "notify" of the controller, which has the number of its family
  # (net/netlink/genetlink.c, genl_validate_assign_mc_groups).
  @newfamily 1
  @notify 16

  @doc """
  Starts a monitor that is linked to the caller.

  Options:

    * `:family` - the name of a family, or the module that declares it; required. Of a name other than
      `"nlctrl"` the messages are not decoded;
    * `:groups` - names of multicast groups; those of the declaration if not given;
    * `:owner`, `:tag`, `:netns`, `:filter`, `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of
      `GenServer.start_link/3` - as for `Linx.Netlink.Monitor.start_link/1`.

  The groups are joined when the function returns. Errors: `{:unknown_family, name}`,
  `{:unknown_group, name}`; the reason of the call that failed to open the socket or join a group, such
  as `:eperm` for a group that needs a privilege; `{:unknown_option, key}`, `{:bad_option, key, value}`,
  `{:missing_option, key}`. Returns `:ignore` if the owner has ended already.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts) when is_list(opts), do: Monitor.start_link(__MODULE__, opts)

  # The protocol

  @doc false
  @impl true
  def number, do: @netlink_generic

  @doc false
  @impl true
  def groups, do: []

  @doc false
  @impl true
  def tag, do: :linx_genl

  @doc false
  @impl true
  def options, do: [family: {{:where, &family?/1}, required: true}] ++ options_of_groups()

  defp family?(name) when is_binary(name), do: true

  defp family?(module),
    do:
      is_atom(module) and Code.ensure_loaded?(module) and
        function_exported?(module, :__family__, 0)

  @doc false
  @impl true
  def resolve(%{family: family} = options), do: resolve(options, declaration(family))

  defp declaration("nlctrl"), do: Controller.__family__()
  defp declaration(name) when is_binary(name), do: %{name: name, groups: [], events: []}
  defp declaration(module), do: module.__family__()

  @doc false
  @impl true
  def decode(op, %Family.Body{} = body, _flags),
    do: {:ok, %Event{op: op, resource: Family.of(body)}}

  def decode(op, object, _flags), do: {:ok, %Event{op: op, resource: object}}

  @doc false
  @impl true
  def decode(message), do: {:ok, %Event{op: op(message), resource: message}}

  # Parts that the monitors of families share

  @doc false
  # A monitor of one family: `use Linx.Netlink.Generic.Monitor, family: MODULE, tag: TAG`. The option
  # `:event` is the module of its events, a struct with the fields of `Linx.Netlink.Generic.Event`.
  defmacro __using__(opts) do
    quote do
      use Linx.Netlink.Protocol

      @linx_tag Keyword.fetch!(unquote(opts), :tag)
      @linx_event Keyword.get(unquote(opts), :event, Linx.Netlink.Generic.Event)

      @doc """
      Starts a monitor that is linked to the caller.

      Options: `:groups`, names of multicast groups, by default those of the family; `:owner`, `:tag`,
      `:netns`, `:filter`, `:rcvbuf`, `:force_rcvbuf`, `:name` and the other options of
      `GenServer.start_link/3`, as for `Linx.Netlink.Monitor.start_link/1`. Errors are those of
      `Linx.Netlink.Generic.Monitor.start_link/1`.
      """
      @spec start_link(keyword()) :: GenServer.on_start()
      def start_link(opts \\ []) when is_list(opts),
        do: Linx.Netlink.Monitor.start_link(__MODULE__, opts)

      @doc false
      @impl true
      defdelegate number, to: Linx.Netlink.Generic.Monitor

      @doc false
      @impl true
      defdelegate groups, to: Linx.Netlink.Generic.Monitor

      @doc false
      @impl true
      def tag, do: @linx_tag

      @doc false
      @impl true
      def options, do: Linx.Netlink.Generic.Monitor.options_of_groups()

      @doc false
      @impl true
      def resolve(options) do
        family = Keyword.fetch!(unquote(opts), :family)
        Linx.Netlink.Generic.Monitor.resolve(options, family.__family__())
      end

      @doc false
      @impl true
      def decode(op, object, _flags), do: {:ok, struct!(@linx_event, op: op, resource: object)}

      @doc false
      @impl true
      def decode(message) do
        op = Linx.Netlink.Generic.Monitor.op(message)
        {:ok, struct!(@linx_event, op: op, resource: message)}
      end

      defoverridable options: 0, resolve: 1, decode: 3
    end
  end

  @doc false
  # The row of the option `:groups`.
  @spec options_of_groups() :: ProcessOptions.table()
  def options_of_groups, do: [groups: {:where, &groups?/1}]

  defp groups?(names) do
    is_list(names) and names != [] and not List.improper?(names) and
      Enum.all?(names, &is_binary/1)
  end

  @doc false
  # Options with the numbers of the groups, none for `groups: nil`, and the rows of the notifications of a
  # declared family.
  @spec resolve(map(), %{
          :name => String.t(),
          :groups => [String.t()],
          :events => list(),
          optional(atom()) => term()
        }) :: {:ok, map()} | {:error, term()}
  def resolve(options, %{name: name, groups: groups, events: events}) do
    with {:ok, family} <- family(name, options.netns),
         {:ok, numbers} <- numbers(Map.get(options, :groups, groups), family) do
      rows = for {command, module, op} <- events, do: {family.id, command, module, op}
      {controller, notify} = if family.id == Controller.id(), do: {[], []}, else: loads(name)
      {:ok, Map.merge(options, %{groups: numbers ++ notify, rows: rows ++ controller})}
    end
  end

  # Rows and group of the controller's notification that a family has been registered: a module that is
  # loaded again has other numbers.
  defp loads(name) do
    rows = [
      {Controller.id(), @newfamily, Family.Body, {:resolve, &(&1.family_name == name)}},
      {Controller.id(), nil, nil, {:resolve, fn nil -> false end}}
    ]

    {rows, [@notify]}
  end

  defp family(name, netns) do
    with {:ok, sock} <- Generic.open(netns) do
      result = Generic.family(sock, name)
      :ok = Socket.close(sock)
      result
    end
  end

  # A protocol whose sockets are registered otherwise.
  defp numbers(nil, _family), do: {:ok, []}
  defp numbers([], _family), do: {:error, {:missing_option, :groups}}

  defp numbers(names, %Family{mcast_groups: groups}) do
    case Enum.find(names, &(not is_map_key(groups, &1))) do
      nil -> {:ok, Enum.map(names, &Map.fetch!(groups, &1))}
      name -> {:error, {:unknown_group, name}}
    end
  end

  @doc false
  # The number of the command of a notification that was not decoded.
  @spec op(Linx.Netlink.Message.t()) :: 0..255
  def op(%{payload: <<command, _::binary>>}), do: command
  def op(_empty), do: 0
end
