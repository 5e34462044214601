defmodule Linx.Netlink.Generic.WireGuard.Request.Peer do
  @moduledoc false
  # A peer in a request that changes a link.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic
  alias Linx.Netlink.Generic.WireGuard.{Endpoint, Peer}
  alias Linx.Netlink.Generic.WireGuard.Request.AllowedIp

  # WGPEER_F_* of include/uapi/linux/wireguard.h.
  @flags [remove_me: 0x1, replace_allowedips: 0x2, update_only: 0x4]

  codec prefix: "WGPEER_A_" do
    include Peer.Settings
    attr 3, :flags, {:flags, :u32, @flags}, values: "WGPEER_F_"
    attr 9, :allowed_ips, {:array, {:nested, AllowedIp}}, c: "WGPEER_A_ALLOWEDIPS"
  end

  @doc """
  The peer of checked options.
  """
  @spec new(map(), Linx.Netlink.Request.target(), keyword()) ::
          {:ok, t()} | {:error, Generic.error() | {:bad_option, :link, term()}}
  def new(options, target, opts) do
    with {:ok, endpoint} <- endpoint(options, target, opts) do
      peer = %__MODULE__{
        public_key: options.public_key,
        preshared_key: options[:preshared_key],
        endpoint: endpoint,
        persistent_keepalive_interval: options[:persistent_keepalive_interval],
        flags: flags(options),
        allowed_ips: options |> Map.get(:allowed_ips, []) |> Enum.map(&AllowedIp.new/1)
      }

      {:ok, peer}
    end
  end

  defp endpoint(%{endpoint: endpoint}, target, opts), do: Endpoint.resolve(endpoint, target, opts)
  defp endpoint(_options, _target, _opts), do: {:ok, nil}

  defp flags(options) do
    for {option, flag} <- [
          remove: :remove_me,
          replace_allowed_ips: :replace_allowedips,
          update_only: :update_only
        ],
        options[option],
        do: flag
  end
end
