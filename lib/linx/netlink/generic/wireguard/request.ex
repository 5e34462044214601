defmodule Linx.Netlink.Generic.WireGuard.Request do
  @moduledoc false
  # Body of a request that changes a link.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic
  alias Linx.Netlink.Generic.WireGuard.Settings
  alias Linx.Netlink.Options
  alias __MODULE__.Peer

  # WGDEVICE_F_* of include/uapi/linux/wireguard.h.
  @flags [replace_peers: 0x1]

  codec prefix: "WGDEVICE_A_" do
    header Generic.Header
    include Settings
    attr 5, :flags, {:flags, :u32, @flags}, values: "WGDEVICE_F_"
    attr 8, :peers, {:array, {:nested, Peer}}
  end

  @doc """
  The request of checked options, for the link with this index.
  """
  @spec new(pos_integer(), map(), Linx.Netlink.Request.target(), keyword()) ::
          {:ok, t()} | {:error, Generic.error() | {:bad_option, :link, term()}}
  def new(index, options, target, opts) do
    with {:ok, peers} <-
           Options.Type.each(Map.get(options, :peers, []), &Peer.new(&1, target, opts)) do
      request = %__MODULE__{
        ifindex: index,
        private_key: options[:private_key],
        listen_port: options[:listen_port],
        fwmark: options[:fwmark],
        flags: if(options[:replace_peers], do: [:replace_peers]),
        peers: peers
      }

      {:ok, request}
    end
  end
end
