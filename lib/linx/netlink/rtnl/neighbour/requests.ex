defmodule Linx.Netlink.Rtnl.Neighbour.Requests do
  @moduledoc false
  # Requests that delete or create an entry that was read.

  import Bitwise

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Rtnl.Neighbour

  # NTF_PROXY; NTF_PROXY, NTF_EXT_LEARNED and NTF_ROUTER, which a request may set.
  @proxy 0x8
  @settable 0x98
  @settable_ext [:managed, :ext_validated]

  @doc "The fields by which the kernel finds the entry."
  @spec delete(Neighbour.t()) :: Neighbour.t()
  def delete(%Neighbour{} = entry) do
    %Neighbour{
      family: entry.family,
      ifindex: entry.ifindex,
      flags: (entry.flags || 0) &&& @proxy,
      dst: entry.dst
    }
  end

  @doc "The entry without its read-only fields."
  @spec create(Neighbour.t()) :: Neighbour.t()
  def create(%Neighbour{} = entry) do
    flags_ext = Enum.filter(Flags.names(entry, :flags_ext), &(&1 in @settable_ext))

    %{
      delete(entry)
      | state: entry.state,
        type: entry.type,
        flags: (entry.flags || 0) &&& @settable,
        lladdr: entry.lladdr,
        protocol: entry.protocol,
        flags_ext: if(flags_ext != [], do: flags_ext)
    }
  end
end
