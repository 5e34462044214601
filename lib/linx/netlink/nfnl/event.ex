defmodule Linx.Netlink.Nfnl.Event do
  @moduledoc """
  A notification of netfilter.

  Kernel side: `NFT_MSG_*` of `include/uapi/linux/netfilter/nf_tables.h`, `IPCTNL_MSG_CT_*` of
  `nfnetlink_conntrack.h` beside it.

      %Linx.Netlink.Nfnl.Event{op: :new_table, resource: %Nft.Table{name: "fw"}}

  | `op` | `resource` |
  |---|---|
  | `:new_table`, `:del_table` | `Linx.Netlink.Nfnl.Nft.Table` |
  | `:new_chain`, `:del_chain` | `Linx.Netlink.Nfnl.Nft.Chain` |
  | `:new_rule`, `:del_rule` | `Linx.Netlink.Nfnl.Nft.Rule` |
  | `:new_set`, `:del_set` | `Linx.Netlink.Nfnl.Nft.Set` |
  | `:new_elements`, `:del_elements` | `Linx.Netlink.Nfnl.Nft.Elements` |
  | `:new_object`, `:del_object` | `Linx.Netlink.Nfnl.Nft.Object` |
  | `:new_flowtable`, `:del_flowtable` | `Linx.Netlink.Nfnl.Nft.Flowtable` |
  | `:trace` | `Linx.Netlink.Nfnl.Nft.Trace` |
  | `:new_gen`, the end of a transaction | `Linx.Netlink.Nfnl.Nft.Gen` |
  | `:new_conntrack`, `:update_conntrack`, `:destroy_conntrack` | `Linx.Netlink.Nfnl.Conntrack` |

  A message of an unknown type, or one that cannot be decoded, has the `op` `{:unknown, type}` and no
  `resource`; `message` is the message as received. Otherwise `message` is `nil`.
  """

  import Bitwise, only: [&&&: 2]
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0]

  alias Linx.Netlink.{Message, Protocol}
  alias Linx.Netlink.Nfnl.{Conntrack, Nft}

  @enforce_keys [:op, :resource]
  defstruct [:op, :resource, :message]

  @type op ::
          :new_table
          | :del_table
          | :new_chain
          | :del_chain
          | :new_rule
          | :del_rule
          | :new_set
          | :del_set
          | :new_elements
          | :del_elements
          | :new_object
          | :del_object
          | :new_flowtable
          | :del_flowtable
          | :trace
          | :new_gen
          | :new_conntrack
          | :update_conntrack
          | :destroy_conntrack
          | {:unknown, non_neg_integer()}

  @type t :: %__MODULE__{
          op: op(),
          resource:
            Nft.Table.t()
            | Nft.Chain.t()
            | Nft.Rule.t()
            | Nft.Set.t()
            | Nft.Elements.t()
            | Nft.Object.t()
            | Nft.Flowtable.t()
            | Nft.Trace.t()
            | Nft.Gen.t()
            | Conntrack.t()
            | nil,
          message: Message.t() | nil
        }

  # IPCTNL_MSG_CT_NEW, for new and for changed connections.
  @conntrack_new Conntrack.MessageType.number(:new)

  # Event and struct by message type.
  @types Map.new(
           [
             newtable: {:new_table, Nft.Table},
             deltable: {:del_table, Nft.Table},
             newchain: {:new_chain, Nft.Chain},
             delchain: {:del_chain, Nft.Chain},
             newrule: {:new_rule, Nft.Rule},
             delrule: {:del_rule, Nft.Rule},
             newset: {:new_set, Nft.Set},
             delset: {:del_set, Nft.Set},
             newsetelem: {:new_elements, Nft.Elements},
             delsetelem: {:del_elements, Nft.Elements},
             newgen: {:new_gen, Nft.Gen},
             trace: {:trace, Nft.Trace},
             newobj: {:new_object, Nft.Object},
             delobj: {:del_object, Nft.Object},
             newflowtable: {:new_flowtable, Nft.Flowtable},
             delflowtable: {:del_flowtable, Nft.Flowtable}
           ],
           fn {name, event} -> {Nft.MessageType.number(name), event} end
         )
         |> Map.merge(%{
           @conntrack_new => {:update_conntrack, Conntrack},
           Conntrack.MessageType.number(:delete) => {:destroy_conntrack, Conntrack}
         })

  @doc """
  Decodes a notification of nfnetlink, such as one of `Linx.Netlink.Monitor`.
  `Linx.Netlink.Nfnl.Monitor` sends decoded events.
  """
  @spec decode(Message.t()) :: t()
  def decode(%Message{type: type, flags: flags, payload: payload} = message) do
    case @types do
      %{^type => {_op, module}} ->
        of(type, flags, module.decode(payload))

      %{} ->
        %__MODULE__{op: {:unknown, type}, resource: nil, message: message}
    end
  rescue
    # Malformed: lengths contradict each other.
    ArgumentError -> %__MODULE__{op: {:unknown, type}, resource: nil, message: message}
  end

  @doc false
  # The rows of all notifications, for `c:Linx.Netlink.Protocol.rows/1`.
  @spec rows() :: [Protocol.row()]
  def rows, do: for({type, {_op, module}} <- @types, do: {type, nil, module, type})

  @doc false
  # The event of an object, by the type and flags of its message.
  @spec of(pos_integer(), 0..0xFFFF, struct()) :: t()
  def of(type, flags, object) do
    %{^type => {op, _module}} = @types
    %__MODULE__{op: op(type, flags, op), resource: object}
  end

  defp op(@conntrack_new, flags, _op)
       when (flags &&& nlm_f_create() + nlm_f_excl()) != 0,
       do: :new_conntrack

  defp op(_type, _flags, op), do: op

  defimpl Inspect do
    alias Linx.Text

    def inspect(event, opts) do
      Text.show(event, opts, fn ->
        case event do
          %{op: {:unknown, type}} ->
            ["unknown:#{Text.field(type)}"]

          %{op: op, resource: resource} ->
            [Text.field(op), Kernel.inspect(resource, limit: opts.limit)]
        end
      end)
    end
  end
end
