defmodule Linx.Netlink.Generic.Ethtool.Monitor do
  @moduledoc """
  Receives notifications of ethtool, as messages to a process.

  Kernel side: the group `monitor` of the family `ethtool`, `ETHTOOL_MSG_*_NTF` of
  `include/uapi/linux/ethtool_netlink.h`.

      {:ok, monitor} = Linx.Netlink.Generic.Ethtool.Monitor.start_link()

      receive do
        {:linx_ethtool, ^monitor, %Linx.Netlink.Generic.Ethtool.Event{op: :features_ntf, resource: features}} ->
          features.active
      end

  ## Messages

    * `{:linx_ethtool, monitor, %Linx.Netlink.Generic.Ethtool.Event{}}` - a notification, in the kernel's
      order;
    * `{:linx_ethtool, monitor, :resync_needed}` - the kernel dropped notifications because the receive
      buffer was full; the monitor continues;
    * `{:linx_ethtool, monitor, {:closed, reason}}` - the socket failed and the monitor ends.

  The kernel notifies a change that a request or the ioctl of ethtool made, and changes of features from
  wherever they come. It does not notify counters, nor the state of a link: see
  `Linx.Netlink.Rtnl.Monitor` for that.
  """

  use Linx.Netlink.Generic.Monitor,
    family: Linx.Netlink.Generic.Ethtool,
    tag: :linx_ethtool,
    event: Linx.Netlink.Generic.Ethtool.Event

  alias Linx.Netlink.{Generic, Socket}
  alias Linx.Netlink.Generic.Ethtool
  alias Linx.Netlink.Generic.Ethtool.{Event, Names, Topic}

  # Notifications have the numbers of bits only, and no lookup is made while they are received.
  @doc false
  @impl true
  def resolve(options) do
    with {:ok, options} <- Generic.Monitor.resolve(options, Ethtool.__family__()),
         {:ok, names} <- names(options.netns),
         do: {:ok, Map.put(options, :names, names)}
  end

  defp names(netns) do
    sets =
      for {_name, topic} <- Ethtool.__topics__(),
          {_field, {set, _form}} <- topic.bits,
          set != nil,
          uniq: true,
          do: set

    with {:ok, sock} <- Generic.open(netns) do
      result = Names.fetch(sock, sets, [])
      :ok = Socket.close(sock)
      result
    end
  end

  @doc false
  @impl true
  def event(%Event{resource: %module{} = resource} = event, %{names: names}) do
    case Ethtool.topic_of(module) do
      nil -> event
      topic -> %{event | resource: Topic.finish(resource, topic, names)}
    end
  end
end
