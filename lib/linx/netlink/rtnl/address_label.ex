defmodule Linx.Netlink.Rtnl.AddressLabel do
  @moduledoc """
  An IPv6 address label: destinations prefer source addresses with the same label (RFC 6724).

  Kernel side: `struct ifaddrlblmsg` and the `IFAL_*` attributes of
  `include/uapi/linux/if_addrlabel.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, labels} = AddressLabel.list(sock)

      :ok = AddressLabel.add(sock, "2001:db8::/32", 99)
      :ok = AddressLabel.add(sock, "fd00::/8", 100, dev: "eth0")
      :ok = AddressLabel.delete(sock, "2001:db8::/32")

  Reading needs no privilege, everything else `CAP_NET_ADMIN` in the socket's namespace.

  A label is for the addresses in `address` and `prefixlen`, on the link `index` or, with 0, on
  all. The kernel does not notify of labels.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused; a prefix with a label is `:eexist`, one without
      `:esrch`, an unknown link `:enodev`;
    * `{:bad_option, :prefix, value}` - no IPv6 prefix; `{:bad_option, :label, value}`;
    * `{:bad_name, name}`, `{:unknown_option, key}`, `{:bad_option, key, value}`;
    * those of `Linx.Netlink.Request`.
  """

  use Linx.Netlink.Codec

  use Linx.Netlink.Resource,
    name: :address_label,
    plural: :address_labels,
    event: :addrlabel,
    messages: [new: 72, del: 73, get: 74],
    optional: true,
    key: [:address, :prefixlen, :index],
    default: false,
    ifindex: [:index],
    gone: [:esrch]

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants, only: [nlm_f_create: 0, nlm_f_excl: 0]

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Message, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Link

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_newaddrlabel 72
  @rtm_deladdrlabel 73
  @rtm_getaddrlabel 74

  # AF_INET6.
  @inet6 10

  codec prefix: "IFAL_" do
    header "struct ifaddrlblmsg", prefix: "ifal_" do
      field :family, :u8, "address family, AF_INET6"
      pad 1
      field :prefixlen, :u8, "length of the prefix"
      field :flags, :u8
      field :index, :u32, "link, 0 for all"
      field :seq, :u32, "number of changes of the table", volatile: true
    end

    attr 1, :address, IP, "addresses with the label"
    attr 2, :label, :u32, "label"
  end

  @type prefix :: String.t() | Subnet.t() | IP.t()
  @type error :: Link.error()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  The labels of the socket's namespace. `opts` are those of `Linx.Netlink.Request`.
  """
  @spec list(Request.target(), keyword()) :: {:ok, [t()]} | {:error, error()}
  def list(sock, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :dump, @netlink_route, []),
         do: Request.dump(sock, @rtm_getaddrlabel, %__MODULE__{family: @inet6}, request)
  end

  @doc """
  Gives a prefix a label, 0 to 4294967294.

  Option: `:dev`, a link by name or index, for its addresses alone. Further options are those of
  `Linx.Netlink.Request`.
  """
  @spec add(Link.target(), prefix(), 0..0xFFFFFFFE, keyword()) :: done()
  def add(sock, prefix, label, opts \\ []) do
    with {:ok, label} <- Type.check(0..0xFFFFFFFE, :label, label),
         do:
           send_label(
             sock,
             @rtm_newaddrlabel,
             nlm_f_create() ||| nlm_f_excl(),
             prefix,
             label,
             opts
           )
  end

  @doc """
  Removes the label of a prefix. Options as for `add/4`.
  """
  @spec delete(Link.target(), prefix(), keyword()) :: done()
  # The kernel insists on a label, and ignores it.
  def delete(sock, prefix, opts \\ []),
    do: send_label(sock, @rtm_deladdrlabel, 0, prefix, 0, opts)

  defp send_label(sock, type, flags, prefix, label, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :set, @netlink_route, dev: :link),
         {:ok, %Subnet{address: address, prefix: length}} <- subnet(prefix),
         {:ok, index} <- Link.option_index(sock, wanted[:dev], request) do
      entry = %__MODULE__{
        family: @inet6,
        prefixlen: length,
        index: index || 0,
        address: address,
        label: label
      }

      Request.run(sock, type, flags, entry, request)
    end
  end

  defp subnet(%Subnet{address: %IP{family: :inet6}} = subnet), do: {:ok, subnet}
  defp subnet(%IP{family: :inet6} = ip), do: {:ok, %Subnet{address: ip, prefix: 128}}

  defp subnet(text) when is_binary(text) do
    with {:ok, %Subnet{address: %IP{family: :inet6}} = subnet} <- Subnet.parse(text) do
      {:ok, subnet}
    else
      _ -> {:error, {:bad_option, :prefix, text}}
    end
  end

  defp subnet(other), do: {:error, {:bad_option, :prefix, other}}

  defimpl Inspect do
    alias Linx.Text

    def inspect(label, opts) do
      Text.show(label, opts, fn ->
        [
          "#{Text.field(label.address)}/#{Text.field(label.prefixlen)}",
          "label=#{Text.field(label.label)}",
          label.index != 0 && "ifindex=#{Text.field(label.index)}"
        ]
      end)
    end
  end
end
