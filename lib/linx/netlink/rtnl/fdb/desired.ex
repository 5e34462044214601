defmodule Linx.Netlink.Rtnl.Fdb.Desired do
  @moduledoc false
  # Entries of forwarding tables of a desired state: `{link, mac}` or `{link, mac, opts}`.

  @behaviour Linx.Netlink.Resource.Desired

  import Bitwise, only: [&&&: 2]

  alias Linx.MAC
  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Resource.{Desired, Verbs}
  alias Linx.Netlink.Rtnl.Fdb
  alias Linx.Netlink.Rtnl.Fdb.Options

  @impl true
  def cast({link, mac}, context), do: cast({link, mac, []}, context)

  def cast({link, mac, opts}, context) when is_list(opts) do
    with {:ok, {_link, mac, fields}} <- Options.cast(link, mac, [state: :permanent] ++ opts),
         {:ok, index} <- Desired.index(link, context),
         {:ok, via} <- via(fields[:via], context) do
      {:ok, Desired.as_listed(Options.entry({index, mac, fields}, via, true))}
    end
  end

  def cast(spec, _context), do: {:error, {:bad_spec, spec}}

  defp via({:link, _key, name}, context) when is_binary(name), do: Desired.index(name, context)
  defp via({:link, _key, index}, _context), do: {:ok, index}
  defp via(nil, _context), do: {:ok, nil}

  @impl true
  def equivalent?(desired, observed) do
    sticky? = &(:sticky in Flags.names(&1, :flags))
    Fdb.state(desired) == Fdb.state(observed) and sticky?.(desired) == sticky?.(observed)
  end

  # A bridge or VXLAN has learned it, and forgets it.
  @impl true
  def unowned?(entry),
    do: Fdb.state(entry) == :dynamic and :ext_learned not in Flags.names(entry, :flags)

  # The kernel may have learned an entry meanwhile. An address may have several remote ends: another
  # one is appended, where a replacement would delete the others.
  @impl true
  def execute(sock, {:create, entry}, _detail) do
    write = if several?(entry), do: &Verbs.append/2, else: &Verbs.replace/2
    with :ok <- write.(sock, entry), do: {:ok, entry}
  end

  def execute(sock, {:update, entry}, _detail) do
    with :ok <- if(several?(entry), do: Verbs.delete(sock, entry), else: :ok),
         do: execute(sock, {:create, entry}, nil)
  end

  def execute(_sock, _op, _detail), do: :default

  # The kernel takes several remote ends for multicast addresses and for the address of zeros.
  defp several?(%Fdb{dst: nil}), do: false
  defp several?(%Fdb{lladdr: %MAC{bytes: <<0::48>>}}), do: true
  defp several?(%Fdb{lladdr: %MAC{bytes: <<first, _::40>>}}), do: (first &&& 1) == 1
end
