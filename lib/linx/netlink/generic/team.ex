defmodule Linx.Netlink.Generic.Team do
  @moduledoc """
  Teams: options and ports of the links of kind `"team"`, which join several links to one.

  Kernel side: `TEAM_CMD_*` and `TEAM_ATTR_*` of `include/uapi/linux/if_team.h`.

      alias Linx.Netlink.{Generic, Rtnl}
      alias Linx.Netlink.Generic.Team

      {:ok, rtnl} = Rtnl.open()
      :ok = Rtnl.Link.create(rtnl, "team0", :team)
      {:ok, sock} = Generic.open()
      :ok = Team.set(sock, "team0", "mode", "activebackup")

      :ok = Rtnl.Link.set(rtnl, "eth0", master: "team0")
      {:ok, eth0} = Rtnl.Link.index(rtnl, "eth0")
      :ok = Team.set(sock, "team0", "activeport", eth0)

      {:ok, option} = Team.get(sock, "team0", "priority", port: "eth0")
      Team.Option.value(option)
      #=> 0

  Options have names; which there are depends on the mode. Some are of a port: they are given with
  `:port`. Modes are `"roundrobin"`, `"broadcast"`, `"random"`, `"activebackup"` and `"loadbalance"`; a
  team has no ports when its mode is set.

  All functions need `CAP_NET_ADMIN` in the user namespace of the socket's namespace.
  `Linx.Netlink.Generic.Team.Monitor` receives notifications.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:einval` for a link of another kind, `:enodev` for an unknown link,
      `:enoent` for an unknown option, `:ebusy` for a mode while there are ports;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Generic.Family, name: "team", version: 1, groups: ["change_event"]

  alias Linx.Netlink.{Batch, Error, Generic, Options, Request}
  alias Linx.Netlink.Generic.{Header, Verb}
  alias Linx.Netlink.Rtnl.Link
  alias __MODULE__.{Option, Port}

  command :options_set, 1, __MODULE__
  command :options_get, 2, __MODULE__
  command :port_list_get, 3, __MODULE__

  event :options_get, 2, __MODULE__
  event :port_list_get, 3, __MODULE__

  codec prefix: "TEAM_ATTR_" do
    header Header
    attr 1, :team_ifindex, :u32, "index of the team"

    attr 2, :list_option, {:array, {:nested, Option}, 1}, "options",
      element: "TEAM_ATTR_ITEM_OPTION"

    attr 3, :list_port, {:array, {:nested, Port}, 1}, "ports", element: "TEAM_ATTR_ITEM_PORT"
  end

  @team [link: {:link, "", field: [:team_ifindex]}]
  # An option in a request: its name, and the port or the element that it is of.
  @option [
    name: {{:string, 31}, ""},
    port: {:link, "", field: [:port_ifindex]},
    array_index: {0..0xFFFFFFFF, ""}
  ]

  @type error :: Generic.error() | Options.reason()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Batch.Read.t()} | {:error, error()}

  @doc "Lists the options of a team. Option: `:timeout`. A batch lists them at once."
  @spec options(Request.target(), Link.ref(), keyword()) ::
          {:ok, [Option.t()]} | {:error, error()}
  def options(target, link, opts \\ []) do
    with {:ok, parts} <- parts(target, :options_get, link, opts),
         do: {:ok, Enum.flat_map(parts, &(&1.list_option || []))}
  end

  @doc "Lists the ports of a team. Option: `:timeout`. A batch lists them at once."
  @spec ports(Request.target(), Link.ref(), keyword()) :: {:ok, [Port.t()]} | {:error, error()}
  def ports(target, link, opts \\ []) do
    with {:ok, parts} <- parts(target, :port_list_get, link, opts),
         do: {:ok, Enum.flat_map(parts, &(&1.list_port || []))}
  end

  defp parts(target, command, link, opts),
    do: Verb.get_all(target, {__MODULE__, command}, {%__MODULE__{}, link: link}, opts, @team)

  @doc """
  Gets an option of a team by its name; `:enoent` if there is none.

  Options: `:port`, for an option of a port, a name or an index of a link; `:array_index`, for one that
  has several elements, counted from 0; `:timeout`.
  """
  @spec get(Request.target(), Link.ref(), String.t(), keyword()) ::
          {:ok, Option.t() | Batch.Read.t()} | {:error, error()}
  def get(target, link, name, opts \\ []) do
    with {:ok, request, wanted} <- wanted(target, name, opts) do
      Request.read(target, request, fn target, request ->
        with {:ok, options} <- options(target, link, request), do: find(options, wanted)
      end)
    end
  end

  @doc """
  Sets an option of a team. The value is a number, a boolean, a string or a binary, as the type of the
  option; another one is `{:bad_option, :value, value}`. Options as for `get/4`.
  """
  @spec set(Request.target(), Link.ref(), String.t(), term(), keyword()) :: done()
  def set(target, link, name, value, opts \\ []) do
    with {:ok, request, wanted} <- wanted(target, name, opts) do
      Request.read(target, request, fn target, request ->
        with {:ok, options} <- options(target, link, request),
             {:ok, option} <- find(options, wanted),
             {:ok, data} <- Option.data(option.type, value) do
          option = %{wanted | type: option.type, data: data}
          team = {%__MODULE__{list_option: [option]}, link: link}
          target |> Verb.set({__MODULE__, :options_set}, team, request, @team) |> done()
        end
      end)
    end
  end

  # The kernel returns the result of its notification, which is ESRCH where nothing listens
  # (`team_nl_options_set_doit` of drivers/net/team/team_core.c). The option is set by then.
  defp done({:error, %Error{errno: :esrch}}), do: :ok
  defp done(result), do: result

  # A struct with what identifies the option.
  defp wanted(target, name, opts) do
    with {:ok, request, option} <-
           Verb.body(target, :get, {%Option{}, name: name}, {opts, @option}),
         do: {:ok, Keyword.delete(request, :protocol), option}
  end

  defp find(options, wanted) do
    key = &{&1.name, &1.port_ifindex, &1.array_index || 0}

    case Enum.find(options, &(key.(&1) == key.(wanted))) do
      nil -> {:error, Error.from_errno(2)}
      option -> {:ok, option}
    end
  end
end
