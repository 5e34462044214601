defmodule Linx.Netlink.Rtnl.Tc do
  @moduledoc """
  Traffic control: queueing disciplines of links, their classes, filters and actions.

  Kernel side: `struct tcmsg` and the `TCA_*` attributes of `include/uapi/linux/rtnetlink.h`,
  `include/uapi/linux/pkt_sched.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      :ok = Tc.Qdisc.add(sock, "eth0", :htb, handle: "1:", default: 0x20)
      :ok = Tc.Class.add(sock, "eth0", :htb, parent: "1:", classid: "1:20", rate: "20mbit")
      {:ok, qdiscs} = Tc.Qdisc.list(sock, link: "eth0")

  | objects | module | command |
  |---|---|---|
  | queueing disciplines | `Linx.Netlink.Rtnl.Tc.Qdisc` | `tc qdisc` |
  | classes | `Linx.Netlink.Rtnl.Tc.Class` | `tc class` |
  | filters | `Linx.Netlink.Rtnl.Tc.Filter` | `tc filter` |
  | chains of filters | `Linx.Netlink.Rtnl.Tc.Chain` | `tc chain` |
  | shared actions | `Linx.Netlink.Rtnl.Tc.Action` | `tc actions` |

  `limit/3` limits the rates of a link, `Linx.Netlink.Rtnl.Tc.Netem` emulates a bad network on one.

  ## Handles

  A qdisc has a handle, a class a class id: a major number, which is that of its qdisc, and a minor one,
  which is 0 for the qdisc itself. Both are written in hexadecimal digits, `"1:"` and `"1:10"`. In structs
  they are numbers, the major one in the upper 16 bits; `handle/1` and `parse_handle/1` convert them.

  ## Units of options

    * rates - an integer in bits per second, or text as `tc` takes it: `"100mbit"`, `"1.5gbit"`, and in bytes
      `"12kbps"`; `ki`, `mi`, `gi` and `ti` are powers of 1024;
    * sizes - an integer in bytes, or text: `"32k"`, `"1mb"`, where `k`, `m` and `g` are powers of 1024, and in
      bits `"64kbit"`;
    * times - an integer in microseconds, or text: `"10ms"`, `"1.5s"`, `"250us"`, `"100ns"`;
    * percentages - a number from 0 to 100, or text: `"1%"`.

  What is read is in the units of the kernel, which the documentation of each field names.
  """

  import Bitwise

  alias Linx.Netlink.Rtnl.Link
  alias __MODULE__.{Limit, Qdisc}

  # TC_H_ROOT, TC_H_INGRESS of include/uapi/linux/pkt_sched.h.
  @root 0xFFFFFFFF
  @ingress 0xFFFFFFF1

  @typedoc "A handle: text, a number, `:root`, `:ingress` or `:none`."
  @type handle :: String.t() | 0..0xFFFFFFFF | :root | :ingress | :none

  @doc """
  The text of a handle; `:root`, `:ingress` and `:none` for the numbers of these.

      iex> alias Linx.Netlink.Rtnl.Tc
      iex> Enum.map([0x0001_0010, 0x0001_0000, 0x10, 0xFFFFFFFF, 0xFFFFFFF1, 0], &Tc.handle/1)
      ["1:10", "1:", ":10", :root, :ingress, :none]
  """
  @spec handle(0..0xFFFFFFFF) :: String.t() | :root | :ingress | :none
  def handle(@root), do: :root
  def handle(@ingress), do: :ingress
  def handle(0), do: :none

  def handle(number) when number in 0..0xFFFFFFFF,
    do: hex(number >>> 16) <> ":" <> hex(number &&& 0xFFFF)

  defp hex(0), do: ""
  defp hex(number), do: number |> Integer.to_string(16) |> String.downcase()

  @doc """
  The number of a handle.

      iex> alias Linx.Netlink.Rtnl.Tc
      iex> Tc.parse_handle("1:10") == {:ok, 0x0001_0010} and Tc.parse_handle("ffff:") == {:ok, 0xFFFF0000}
      true
      iex> Tc.parse_handle("1:10000")
      {:error, {:bad_handle, "1:10000"}}
  """
  @spec parse_handle(handle() | term()) ::
          {:ok, 0..0xFFFFFFFF} | {:error, {:bad_handle, term()}}
  def parse_handle(number) when number in 0..0xFFFFFFFF, do: {:ok, number}
  def parse_handle(root) when root in [:root, "root"], do: {:ok, @root}
  def parse_handle(ingress) when ingress in [:ingress, "ingress"], do: {:ok, @ingress}
  def parse_handle(none) when none in [:none, "none"], do: {:ok, 0}

  def parse_handle(text) when is_binary(text) do
    with [major, minor] <- String.split(text, ":"),
         {:ok, major} <- digits(major),
         {:ok, minor} <- digits(minor),
         true <- text != ":" do
      {:ok, major <<< 16 ||| minor}
    else
      _ -> {:error, {:bad_handle, text}}
    end
  end

  def parse_handle(other), do: {:error, {:bad_handle, other}}

  @doc """
  Limits the rates of a link.

      :ok = Tc.limit(sock, "eth0", egress: "50mbit", ingress: "10mbit")
      :ok = Tc.limit(sock, "eth0", ingress: :unlimited)

  Options:

    * `:egress` - rate of the packets that the link sends: the root qdisc is replaced by one of the kind `:tbf`,
      with a burst of 10 ms at this rate and at least 16 KiB;
    * `:ingress` - rate of those that it receives: a filter with the action `:police`, with a burst of 100 ms
      and at least 64 KiB, drops the others; a qdisc `:clsact` is added if there is none. Packets within the rate
      go on to other filters;
    * `:latency` - longest time that a packet waits to be sent, 50 ms if not given;
    * `:prio` - priority of the filter, 1 if not given;
    * `:timeout` of `Linx.Netlink.Request`.

  A rate is as of the options of qdiscs, or `:unlimited`, which deletes the qdisc or the filter. A direction that
  is not given stays as it is. The limit of sent packets is set first, and stays if the other one fails.

  Needs `CAP_NET_ADMIN` in the user namespace of the socket's namespace. Errors are those of
  `Linx.Netlink.Rtnl.Tc.Qdisc` and `Linx.Netlink.Rtnl.Tc.Filter`, and `{:bad_target, batch}`.
  """
  @spec limit(Link.target(), Link.ref(), keyword()) ::
          :ok | {:error, Qdisc.error() | {:bad_target, Linx.Netlink.Batch.t()}}
  defdelegate limit(target, link, opts), to: Limit, as: :set

  @doc """
  The percentage that a number of the kernel stands for, of which 4294967295 is 100 %.

      iex> alias Linx.Netlink.Rtnl.Tc
      iex> Enum.map([0, 42_949_673, 2_147_483_648, 0xFFFFFFFF], &Tc.percent/1)
      [0.0, 1.0, 50.0, 100.0]
  """
  @spec percent(0..0xFFFFFFFF) :: float()
  def percent(number) when number in 0..0xFFFFFFFF,
    do: Float.round(number * 100 / 0xFFFFFFFF, 7)

  @doc """
  The probability that a number of the kernel stands for, of which 2^32 is 1.

      iex> alias Linx.Netlink.Rtnl.Tc
      iex> Enum.map([0, 85_899_345, 0x80000000], &Tc.probability/1)
      [0.0, 0.02, 0.5]
  """
  @spec probability(0..0xFFFFFFFF) :: float()
  def probability(number) when number in 0..0xFFFFFFFF,
    do: Float.round(number / 0x1_0000_0000, 9)

  defp digits(""), do: {:ok, 0}

  defp digits(text) do
    if text =~ ~r/\A[0-9a-fA-F]{1,4}\z/, do: {:ok, String.to_integer(text, 16)}, else: :error
  end
end
