defmodule Linx.Netlink.Generic.Family do
  @moduledoc """
  Family of generic netlink: its properties in the running kernel, and how a program declares one.

  Kernel side: `CTRL_ATTR_*` of `include/uapi/linux/genetlink.h`.

      {:ok, family} = Linx.Netlink.Generic.family(sock, "nlctrl")
      family.mcast_groups
      #=> %{"notify" => 16}

  ## Declaration

  A module with `use Linx.Netlink.Generic.Family` declares commands, notifications and the codec
  modules of their messages:

      defmodule MyApp.TcpMetrics do
        use Linx.Netlink.Generic.Family, name: "tcp_metrics", version: 1

        command :get, 1, MyApp.TcpMetrics.Entry, dump: true
        command :del, 2, MyApp.TcpMetrics.Entry
      end

      {:ok, entries} = Linx.Netlink.Generic.dump(sock, MyApp.TcpMetrics, :get, nil)

    * `command NAME, NUMBER, MODULE` - a request whose body is a struct of the codec module. The option
      `dump: true` declares that the kernel lists objects by it; `reply: MODULE` the codec module of
      the answer, where it is another one;
    * `event NAME, NUMBER, MODULE` - a notification, which `Linx.Netlink.Generic.Monitor` decodes;
    * `:groups` of `use` - multicast groups that a monitor joins if none are given.

  A codec module has `header Linx.Netlink.Generic.Header`.
  """

  alias __MODULE__.{Body, Op}

  defstruct [:id, :name, :version, :hdrsize, :maxattr, ops: [], mcast_groups: %{}]

  @typedoc """
  A family of the running kernel:

    * `:id` - type of its messages;
    * `:name`, `:version`;
    * `:hdrsize` - length of the header of its messages, bytes;
    * `:maxattr` - largest attribute number, 0 if commands have policies of their own;
    * `:ops` - its commands;
    * `:mcast_groups` - numbers of its multicast groups by name.
  """
  @type t :: %__MODULE__{
          id: 0..0xFFFF | nil,
          name: String.t() | nil,
          version: non_neg_integer() | nil,
          hdrsize: non_neg_integer() | nil,
          maxattr: non_neg_integer() | nil,
          ops: [Op.t()],
          mcast_groups: %{String.t() => non_neg_integer()}
        }

  @typedoc """
  A declared family: name, version, multicast groups, commands by name, notifications by number.
  """
  @type declaration :: %{
          name: String.t(),
          version: 0..255,
          groups: [String.t()],
          commands: %{atom() => command()},
          events: [{0..255, module(), atom()}]
        }

  @typedoc "A declared command: number, codec modules of request and answer, whether it lists."
  @type command :: %{id: 0..255, module: module(), reply: module(), dump: boolean()}

  @doc false
  # The family of a message of the controller.
  @spec of(Body.t()) :: t()
  def of(%Body{} = body) do
    %__MODULE__{
      id: body.family_id,
      name: body.family_name,
      version: body.version,
      hdrsize: body.hdrsize,
      maxattr: body.maxattr,
      ops: body.ops || [],
      mcast_groups:
        for(%{name: name, id: id} <- body.mcast_groups || [], into: %{}, do: {name, id})
    }
  end

  @doc false
  defmacro __using__(opts) do
    quote do
      import Linx.Netlink.Generic.Family, only: [command: 3, command: 4, event: 3]
      Module.register_attribute(__MODULE__, :linx_commands, accumulate: true)
      Module.register_attribute(__MODULE__, :linx_events, accumulate: true)
      @linx_family Linx.Netlink.Generic.Family.head(unquote(opts))
      @before_compile Linx.Netlink.Generic.Family
    end
  end

  @doc false
  # Name, version and groups, checked when the module is compiled.
  @spec head(keyword()) :: map()
  def head(opts) do
    opts = Keyword.validate!(opts, name: nil, version: 1, groups: [])
    %{name: name, version: version, groups: groups} = head = Map.new(opts)

    unless name?(name) and version in 0..255 and is_list(groups) and Enum.all?(groups, &name?/1),
      do: raise(ArgumentError, "not a family of generic netlink: #{inspect(opts)}")

    head
  end

  @doc false
  # Whether the kernel can have a family or a group of that name (GENL_NAMSIZ).
  @spec name?(term()) :: boolean()
  def name?(name),
    do: is_binary(name) and byte_size(name) in 1..15 and not Linx.Text.nul?(name)

  @doc "Declares a command."
  defmacro command(name, id, module, opts \\ []) do
    module = expand(module, __CALLER__)
    opts = Keyword.update(opts, :reply, module, &expand(&1, __CALLER__))

    quote do
      @linx_commands Linx.Netlink.Generic.Family.row(
                       unquote(name),
                       unquote(id),
                       unquote(module),
                       unquote(opts)
                     )
    end
  end

  @doc "Declares a notification."
  defmacro event(name, id, module) do
    quote do
      @linx_events {unquote(id), unquote(expand(module, __CALLER__)), unquote(name)}
    end
  end

  # A module in a row creates no dependency at compile time.
  defp expand(module, env), do: Macro.expand(module, %{env | function: {:__family__, 0}})

  @doc false
  @spec row(atom(), 0..255, module(), keyword()) :: {atom(), command()}
  def row(name, id, module, opts) when is_atom(name) and id in 0..255 and is_atom(module) do
    opts = Keyword.validate!(opts, dump: false, reply: module)
    {name, %{id: id, module: module, reply: opts[:reply], dump: opts[:dump]}}
  end

  @doc false
  defmacro __before_compile__(_env) do
    quote do
      @linx_family Map.merge(@linx_family, %{
                     commands: Map.new(@linx_commands),
                     events: Enum.reverse(@linx_events)
                   })

      @doc false
      @spec __family__() :: Linx.Netlink.Generic.Family.declaration()
      def __family__, do: @linx_family
    end
  end
end
