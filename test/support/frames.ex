defmodule Linx.Test.Frames do
  @moduledoc false
  # Ethernet frames, built by hand and sent by a packet socket:
  #
  #     Frames.send!(ns, "v1", [{3, Frames.igmp(0x16, 0, "239.1.1.1")}])

  alias Linx.IP
  alias Linx.Test.Netns

  @source <<2, 0, 0, 0, 0, 0x77>>

  @send """
  import socket, sys
  s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
  s.bind((sys.argv[1], 0))
  for item in sys.argv[2:]:
      count, frame = item.split(":")
      for _ in range(int(count)):
          s.send(bytes.fromhex(frame))
  """

  @doc "Sends frames on a link of a namespace; `frames` is a list of `{count, frame}`."
  def send!(ns, link, frames) do
    items = for {count, frame} <- frames, do: "#{count}:#{Base.encode16(frame)}"
    Netns.exec!(ns, "python3", ["-c", @send, link | items])
  end

  @doc "An Ethernet frame; with `vid:`, it has the 802.1Q tag of that VLAN."
  def ether(dst, type, payload, opts \\ []) do
    tag = if vid = opts[:vid], do: <<0x8100::16, vid::16>>, else: <<>>
    <<dst::binary-6, @source::binary, tag::binary, type::16, payload::binary>>
  end

  @doc """
  An IPv4 packet. `opts` are `:src`, `:dst`, `:tos`, and `:options` in bytes.
  """
  def ip4(protocol, payload, opts \\ []) do
    options = opts[:options] || <<>>
    words = 5 + div(byte_size(options), 4)
    src = ip(opts[:src] || "10.0.0.9")
    dst = ip(opts[:dst] || "10.0.0.1")

    header = fn sum ->
      <<4::4, words::4, opts[:tos] || 0, words * 4 + byte_size(payload)::16, 0::32, 64, protocol,
        sum::16, src::binary, dst::binary, options::binary>>
    end

    header.(sum(header.(0))) <> payload
  end

  @doc """
  An IGMP message to its group, or to all hosts if the group is 0.0.0.0. `sum: 0` makes the checksum
  wrong.
  """
  def igmp(type, code, group, opts \\ []) do
    message = fn sum ->
      <<type, code, sum::16, ip(group)::binary, opts[:rest] || <<>>::binary>>
    end

    to = if group == "0.0.0.0", do: "224.0.0.1", else: group
    <<_::9, low::23>> = ip(to)

    packet = ip4(2, message.(opts[:sum] || sum(message.(0))), dst: to, options: <<0x94, 4, 0, 0>>)

    ether(<<1, 0, 0x5E, 0::1, low::23>>, 0x0800, packet, opts)
  end

  @doc """
  An IGMPv3 report of a host that joins a group, for datagrams of `sources` alone.
  """
  def igmp3(host, group, sources) do
    # MODE_IS_INCLUDE.
    record =
      <<1, 0, length(sources)::16, ip(group)::binary, Enum.map_join(sources, &ip/1)::binary>>

    message = &<<0x22, 0, &1::16, 0::16, 1::16, record::binary>>
    to = [src: host, dst: "224.0.0.22", options: <<0x94, 4, 0, 0>>]
    ether(<<1, 0, 0x5E, 0, 0, 22>>, 0x0800, ip4(2, message.(sum(message.(0))), to))
  end

  @doc """
  An MLD message to its group, or to all hosts if the group is `::`. `delay:` is the maximum response
  delay.
  """
  def mld(type, group, opts \\ []) do
    to = ip(if group == "::", do: "ff02::1", else: group)
    src = ip("fe80::77")

    message = fn sum ->
      <<type, 0, sum::16, opts[:delay] || 0::16, 0::16, ip(group)::binary,
        opts[:rest] || <<>>::binary>>
    end

    size = byte_size(message.(0))
    good = sum(<<src::binary, to::binary, size::32, 58::32, message.(0)::binary>>)
    # The router alert is a hop-by-hop option.
    alert = <<58, 0, 5, 2, 0, 0, 1, 0>>
    <<_::96, low::binary>> = to

    packet =
      <<6::4, 0::28, size + 8::16, 0, 1, src::binary, to::binary, alert::binary,
        message.(opts[:sum] || good)::binary>>

    ether(<<0x33, 0x33, low::binary>>, 0x86DD, packet, opts)
  end

  @doc "The checksum of the internet protocols."
  def sum(bytes) do
    bytes = if rem(byte_size(bytes), 2) == 1, do: bytes <> <<0>>, else: bytes
    total = for <<word::16 <- bytes>>, reduce: 0, do: (total -> total + word)
    total |> fold() |> Bitwise.bxor(0xFFFF)
  end

  defp fold(total) when total > 0xFFFF, do: fold(div(total, 0x10000) + rem(total, 0x10000))
  defp fold(total), do: total

  defp ip(text) do
    {:ok, %IP{bytes: bytes}} = IP.parse(text)
    bytes
  end
end
