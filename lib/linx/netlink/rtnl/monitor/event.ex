defmodule Linx.Netlink.Rtnl.Monitor.Event do
  @moduledoc """
  One change, as the kernel reported it.

  Kernel side: `RTM_NEW*` and `RTM_DEL*` of `include/uapi/linux/rtnetlink.h`.

      %Linx.Netlink.Rtnl.Monitor.Event{op: :new_link, resource: %Link{name: "eth0"}}

  `:new_…` stands for a new object as well as for one that has changed. What is
  not known here, or cannot be decoded, has no `resource`; `message` holds it as
  it came.
  """

  alias Linx.Netlink.Message
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Nexthop, Route, Rule}

  @enforce_keys [:op, :resource]
  defstruct [:op, :resource, :message]

  @type op ::
          :new_link
          | :del_link
          | :new_addr
          | :del_addr
          | :new_route
          | :del_route
          | :new_neigh
          | :del_neigh
          | :new_rule
          | :del_rule
          | :new_nexthop
          | :del_nexthop
          | {:unknown, non_neg_integer()}

  @type t :: %__MODULE__{
          op: op(),
          resource:
            Link.t() | Address.t() | Route.t() | Neighbour.t() | Rule.t() | Nexthop.t() | nil,
          message: Message.t() | nil
        }

  @rtm_newlink 16
  @rtm_dellink 17
  @rtm_newaddr 20
  @rtm_deladdr 21
  @rtm_newroute 24
  @rtm_delroute 25
  @rtm_newneigh 28
  @rtm_delneigh 29
  @rtm_newrule 32
  @rtm_delrule 33
  @rtm_newnexthop 104
  @rtm_delnexthop 105

  @types %{
    @rtm_newlink => {:new_link, Link},
    @rtm_dellink => {:del_link, Link},
    @rtm_newaddr => {:new_addr, Address},
    @rtm_deladdr => {:del_addr, Address},
    @rtm_newroute => {:new_route, Route},
    @rtm_delroute => {:del_route, Route},
    @rtm_newneigh => {:new_neigh, Neighbour},
    @rtm_delneigh => {:del_neigh, Neighbour},
    @rtm_newrule => {:new_rule, Rule},
    @rtm_delrule => {:del_rule, Rule},
    @rtm_newnexthop => {:new_nexthop, Nexthop},
    @rtm_delnexthop => {:del_nexthop, Nexthop}
  }

  @doc false
  @spec decode(Message.t()) :: t()
  def decode(%Message{type: type, payload: payload} = message) do
    case @types do
      %{^type => {op, module}} -> %__MODULE__{op: op, resource: module.decode(payload)}
      %{} -> %__MODULE__{op: {:unknown, type}, resource: nil, message: message}
    end
  rescue
    # Lengths that contradict each other: not what this kernel's header says.
    ArgumentError -> %__MODULE__{op: {:unknown, type}, resource: nil, message: message}
  end

  @ops Enum.map(Map.values(@types), &elem(&1, 0))

  @doc false
  # The options of `Linx.Netlink.Rtnl.Monitor.attach/3`, for `Linx.Netlink.ProcessOptions`.
  @spec filters() :: keyword()
  def filters do
    [
      ops: {:where, &ops?/1},
      ifindex: 1..0x7FFFFFFF,
      family: {:one_of, [:inet, :inet6]},
      filter: :filter
    ]
  end

  defp ops?(ops), do: is_list(ops) and not List.improper?(ops) and Enum.all?(ops, &op?/1)

  defp op?({:unknown, type}), do: is_integer(type) and type >= 0
  defp op?(op), do: op in @ops

  @doc false
  # What checked options ask for. The caller's own function is asked last.
  @spec filter(map()) :: (t() -> boolean()) | nil
  def filter(options) do
    tests =
      for key <- [:ops, :ifindex, :family, :filter], wanted = options[key] do
        case key do
          :ops -> &(&1.op in wanted)
          :ifindex -> &(wanted in indices(&1.resource))
          :family -> &(family(&1.resource) == wanted)
          :filter -> wanted
        end
      end

    if tests != [], do: fn event -> Enum.all?(tests, & &1.(event)) end
  end

  defp indices(%Link{index: index}), do: [index]
  defp indices(%Address{index: index}), do: [index]
  defp indices(%Neighbour{ifindex: index}), do: [index]
  defp indices(%Route{multipath: [_ | _] = ways}), do: Enum.map(ways, & &1.ifindex)
  defp indices(%{oif: index}), do: [index]
  defp indices(_resource), do: []

  defp family(%Link{}), do: nil
  defp family(%{family: 2}), do: :inet
  defp family(%{family: 10}), do: :inet6
  defp family(_resource), do: nil

  defimpl Inspect do
    alias Linx.Text

    def inspect(event, opts) do
      Text.show(event, opts, fn ->
        case event do
          %{op: {:unknown, type}} -> ["unknown:#{Text.field(type)}"]
          %{op: op, resource: resource} -> [Text.field(op), Kernel.inspect(resource)]
        end
      end)
    end
  end
end
