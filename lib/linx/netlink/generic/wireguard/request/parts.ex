defmodule Linx.Netlink.Generic.WireGuard.Request.Parts do
  @moduledoc false
  # A request divided into several, each with a list of peers that fits an attribute.

  alias Linx.Netlink.Error
  alias Linx.Netlink.Generic.WireGuard.Request
  alias Linx.Netlink.Generic.WireGuard.Request.{AllowedIp, Peer}

  # The largest payload of an attribute, whose length has 16 bits; a size that any send buffer holds.
  @largest 65_531
  @usual 32_768

  # Bytes of attributes with their headers and paddings.
  @nest 4
  @key 36
  @flags 8
  @interval 8

  @typedoc "A request, the index of its first peer, and that of its first subnet in this peer."
  @type part :: {Request.t(), non_neg_integer(), non_neg_integer()}

  @doc """
  The request where it fits one message.
  """
  @spec single(Request.t()) :: {:ok, Request.t()} | {:error, :too_large}
  def single(request) do
    case split(request, @largest) do
      [{request, 0, 0}] -> {:ok, request}
      _parts -> {:error, :too_large}
    end
  end

  @doc """
  The parts of a request, to be sent one after the other. All but the peers is in the first one.
  """
  @spec split(Request.t(), pos_integer()) :: [part(), ...]
  def split(request, room \\ @usual) do
    [{peers, 0, 0} | rest] = pack(request.peers, {0, 0}, room)

    [
      {%{request | peers: peers}, 0, 0}
      | for(
          {peers, at, ip} <- rest,
          do: {%Request{ifindex: request.ifindex, peers: peers}, at, ip}
        )
    ]
  end

  defp pack(peers, {at, ip}, room) do
    case fill(peers, room, {at, ip}, []) do
      {part, [], _next} -> [{part, at, ip}]
      {part, rest, next} -> [{part, at, ip} | pack(rest, next, room)]
    end
  end

  # The peers that fit, the others, and the position of these.
  defp fill([], _left, next, done), do: {Enum.reverse(done), [], next}

  defp fill([peer | peers], left, {at, ip}, done) do
    case take(peer.allowed_ips, left - size(peer), []) do
      {_taken, _rest, left} when left < 0 ->
        {Enum.reverse(done), [peer | peers], {at, ip}}

      {_taken, [], left} ->
        fill(peers, left, {at + 1, 0}, [peer | done])

      {[], _rest, _left} when done != [] ->
        {Enum.reverse(done), [peer | peers], {at, ip}}

      {taken, rest, _left} ->
        next = {at, ip + length(taken)}

        {Enum.reverse(done, [%{peer | allowed_ips: taken}]), [continued(peer, rest) | peers],
         next}
    end
  end

  # If the peer was removed in between, it is not made of its last subnets.
  defp continued(peer, ips),
    do: %Peer{public_key: peer.public_key, flags: [:update_only], allowed_ips: ips}

  # The subnets that fit, the others, and the bytes that are left.
  defp take([ip | rest] = ips, left, taken) do
    size = size(ip)

    if size > left,
      do: {Enum.reverse(taken), ips, left},
      else: take(rest, left - size, [ip | taken])
  end

  defp take([], left, taken), do: {Enum.reverse(taken), [], left}

  # A nest for the peer and one for its subnets, whose own sizes are not included.
  defp size(%Peer{} = peer) do
    2 * @nest + @key + if(peer.preshared_key, do: @key, else: 0) + @flags +
      if(peer.persistent_keepalive_interval, do: @interval, else: 0) + endpoint(peer.endpoint)
  end

  # A nest; 2 bytes of family, the address, 1 byte of prefix length.
  defp size(%AllowedIp{ipaddr: %{bytes: bytes}, flags: flags}),
    do: @nest + 8 + @nest + byte_size(bytes) + 8 + if(flags, do: @flags, else: 0)

  defp endpoint(nil), do: 0
  defp endpoint({%{family: :inet}, _port}), do: @nest + 16
  defp endpoint(_inet6), do: @nest + 28

  @doc """
  A refusal of a part, with the positions in the whole request.
  """
  @spec locate(Error.t(), part()) :: Error.t()
  def locate(%Error{attribute: [:peers, 0, :allowed_ips, n | rest]} = error, {_, at, ip})
      when is_integer(n),
      do: %{error | attribute: [:peers, at, :allowed_ips, n + ip | rest]}

  def locate(%Error{attribute: [:peers, n | rest]} = error, {_, at, _ip}) when is_integer(n),
    do: %{error | attribute: [:peers, n + at | rest]}

  def locate(error, _part), do: error
end
