defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.Key do
  @moduledoc false
  # Types of the options of flower: values with masks, `{value, mask}`.

  import Bitwise, only: [&&&: 2, |||: 2]

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.MAC
  alias Linx.Netlink.Options
  alias Linx.Netlink.Rtnl.Tc.Filter.Flower.{Cfm, Lse}

  @u16 0xFFFF

  # TCA_FLOWER_KEY_FLAGS_*.
  @flags [
    is_fragment: 1,
    frag_is_first: 2,
    tunnel_csum: 4,
    tunnel_dont_fragment: 8,
    tunnel_oam: 16,
    tunnel_crit_opt: 32
  ]

  # TCA_FLOWER_KEY_CT_FLAGS_*.
  @states [new: 1, established: 2, related: 4, tracked: 8, invalid: 16, reply: 32]

  # The words of tc.
  @ip_words [frag: 1, firstfrag: 2]
  @enc_words [csum: 4, df: 8, oam: 16, crit: 32]
  @state_words [trk: 8, est: 2, rel: 4, inv: 16, rpl: 32]

  @doc "Names of the flags of a packet and a tunnel."
  def flags, do: @flags

  @doc "Names of the states of a connection."
  def states, do: @states

  @doc false
  def ip,
    do:
      {:check, &__MODULE__.cast_ip/1,
       "address, subnet, text such as `\"10.0.0.0/8\"`, or `{address, mask}`"}

  @doc false
  def ip4, do: {:check, &__MODULE__.cast_ip4/1, "as `:dst_ip`, of IPv4"}

  @doc false
  def mac,
    do:
      {:check, &__MODULE__.cast_mac/1,
       "address, text such as `\"02:00:00:00:00:00/16\"`, or `{address, mask}`"}

  @doc false
  def port,
    do:
      {:check, &__MODULE__.cast_port/1,
       "number, `{number, mask: mask}`, `{first, last}`, or text such as `\"80\"`, `\"80-90\"` and, with a mask, `\"80/0xfff0\"`"}

  @doc false
  def arp_op,
    do: {:check, &__MODULE__.cast_arp_op/1, "`:request`, `:reply`, 0 to 255, or `{value, mask}`"}

  @doc false
  def ip_flags, do: {:check, &__MODULE__.cast_ip_flags/1, words(@ip_words)}

  @doc false
  def enc_flags, do: {:check, &__MODULE__.cast_enc_flags/1, words(@enc_words)}

  @doc false
  def state, do: {:check, &__MODULE__.cast_state/1, words([new: 1] ++ @state_words)}

  @doc false
  def labels,
    do: {:check, &__MODULE__.cast_labels/1, "binary of 16 bytes, or `{value, mask}` of such"}

  @doc false
  def mpls,
    do:
      {:check, &__MODULE__.cast_mpls/1,
       "list of keyword lists with the options of `#{inspect(Lse)}`"}

  @doc false
  def cfm,
    do: {:check, &__MODULE__.cast_cfm/1, "keyword list with the options of `#{inspect(Cfm)}`"}

  defp words(names) do
    names = Enum.map_join(names, ", ", &"`#{inspect(elem(&1, 0))}`")
    "list of names that are set, and of `{name, boolean}`: #{names}"
  end

  @doc false
  def cast_ip({address, mask}) when is_integer(mask), do: subnet({address, mask})

  def cast_ip({address, mask}) do
    with {:ok, %IP{family: family} = address} <- IP.cast(address),
         {:ok, %IP{family: ^family} = mask} <- IP.cast(mask) do
      {:ok, {address, mask}}
    else
      _ -> :error
    end
  end

  def cast_ip(text) when is_binary(text) do
    with [address, mask] <- String.split(text, "/"),
         {:ok, mask} <- IP.cast(mask) do
      cast_ip({address, mask})
    else
      _ -> subnet(text)
    end
  end

  def cast_ip(other), do: subnet(other)

  defp subnet(input) do
    with {:ok, %Subnet{address: address, prefix: prefix}} <- Subnet.cast(input) do
      rest = bit_size(address.bytes) - prefix
      mask = <<-1::size(prefix), 0::size(rest)>>
      {:ok, {address, %{address | bytes: mask}}}
    else
      {:error, _} -> :error
    end
  end

  @doc false
  def cast_ip4(input) do
    case cast_ip(input) do
      {:ok, {%IP{family: :inet}, _mask}} = masked -> masked
      _ -> :error
    end
  end

  @doc false
  def cast_mac({address, prefix}) when prefix in 0..48 do
    with {:ok, address} <- MAC.cast(address) do
      rest = 48 - prefix
      {:ok, {address, %{address | bytes: <<-1::size(prefix), 0::size(rest)>>}}}
    else
      {:error, _} -> :error
    end
  end

  def cast_mac({address, mask}) do
    with {:ok, address} <- MAC.cast(address), {:ok, mask} <- MAC.cast(mask) do
      {:ok, {address, mask}}
    else
      {:error, _} -> :error
    end
  end

  def cast_mac(text) when is_binary(text) do
    case String.split(text, "/") do
      [address] -> cast_mac({address, 48})
      [address, mask] -> with({:ok, mask} <- prefix(mask), do: cast_mac({address, mask}))
      _ -> :error
    end
  end

  def cast_mac(address), do: cast_mac({address, 48})

  defp prefix(text) do
    if text =~ ~r/\A\d{1,2}\z/, do: {:ok, String.to_integer(text)}, else: {:ok, text}
  end

  @doc false
  def cast_port(port) when port in 0..@u16, do: {:ok, {port, @u16}}

  def cast_port({first, last}) when first in 0..@u16 and last in 0..@u16 and first < last,
    do: {:ok, {:range, first, last}}

  def cast_port({port, [mask: mask]}) when port in 0..@u16 and mask in 0..@u16,
    do: {:ok, {port, mask}}

  def cast_port(text) when is_binary(text) do
    case Regex.run(~r/\A(\d{1,5})(?:-(\d{1,5})|\/(?:0x([0-9a-f]{1,4})|(\d{1,5})))?\z/i, text) do
      [_, port] -> port |> String.to_integer() |> cast_port()
      [_, first, last] -> cast_port({String.to_integer(first), String.to_integer(last)})
      [_, port, "", hex] -> masked(port, String.to_integer(hex, 16))
      [_, port, "", "", mask] -> masked(port, String.to_integer(mask))
      nil -> :error
    end
  end

  def cast_port(_other), do: :error

  defp masked(port, mask) do
    port = String.to_integer(port)
    if port <= @u16 and mask <= @u16, do: {:ok, {port, mask}}, else: :error
  end

  @doc false
  def cast_arp_op(:request), do: {:ok, {1, 0xFF}}
  def cast_arp_op(:reply), do: {:ok, {2, 0xFF}}

  def cast_arp_op(op) do
    with {:error, _} <- Options.Type.check({:with_mask, 0..255}, :arp_op, op), do: :error
  end

  @doc false
  def cast_ip_flags(given), do: bits(given, @ip_words)

  @doc false
  def cast_enc_flags(given), do: bits(given, @enc_words)

  @doc false
  def cast_state(given), do: bits(given, [new: 1] ++ @state_words)

  defp bits([_ | _] = given, names) do
    if List.improper?(given), do: :error, else: bits(given, names, {0, 0})
  end

  defp bits(_other, _names), do: :error

  defp bits([name | rest], names, done) when is_atom(name),
    do: bits([{name, true} | rest], names, done)

  defp bits([{name, on} | rest], names, {value, mask}) when is_atom(name) and is_boolean(on) do
    case Keyword.fetch(names, name) do
      {:ok, bit} when (mask &&& bit) == 0 ->
        bits(rest, names, {if(on, do: value ||| bit, else: value), mask ||| bit})

      _ ->
        :error
    end
  end

  defp bits([], _names, done), do: {:ok, done}
  defp bits(_other, _names, _done), do: :error

  @doc false
  def cast_labels({value, mask}) when byte_size(value) == 16 and byte_size(mask) == 16,
    do: {:ok, {value, mask}}

  def cast_labels(value) when is_binary(value),
    do: cast_labels({value, :binary.copy(<<0xFF>>, 16)})

  def cast_labels(_other), do: :error

  @doc false
  def cast_mpls([_ | _] = list) do
    with false <- List.improper?(list),
         {:ok, list} <- Options.Type.each(list, &Options.cast(Lse.__options__(), &1)) do
      {:ok, Enum.map(list, &struct!(Lse, &1))}
    else
      _ -> :error
    end
  end

  def cast_mpls(_other), do: :error

  @doc false
  def cast_cfm(opts) do
    case Options.cast(Cfm.__options__(), opts) do
      {:ok, given} when given != %{} -> {:ok, struct!(Cfm, given)}
      _ -> :error
    end
  end
end
