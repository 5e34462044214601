defmodule Linx.Netlink.Generic.Ethtool.Change do
  @moduledoc false
  # Requests that change something.

  alias Linx.Netlink.{Batch, Generic, Message, Options, Request}
  alias Linx.Netlink.Generic.Ethtool
  alias Linx.Netlink.Generic.Ethtool.{Bits, Dev, Features, Names, Topic}

  @netlink_generic 16

  @typep done :: :ok | {:ok, Message.t()} | {:error, Ethtool.error()}

  @spec set(Request.target(), Topic.t(), term(), keyword()) :: done()
  def set(target, topic, link, opts) do
    with {:ok, dev} <- Dev.of(link),
         {:ok, request, given} <-
           Options.read(opts, :set, @netlink_generic, Topic.settings(topic)),
         {:ok, given} <- bits(target, topic, dev, given, request) do
      {phy_index, given} = Map.pop(given, :phy_index)
      dev = %{dev | phy_index: phy_index}
      write(target, topic, struct!(topic.module, Map.put(given, :dev, dev)), request)
    end
  end

  # The kernel acknowledges features that it did not change, and reports them in a reply.
  defp write(target, %{name: :features} = topic, body, request)
       when not is_struct(target, Batch) do
    body = %{body | dev: %{body.dev | flags: [:compact_bitsets]}}

    with {:ok, reply} <- Generic.run(target, Ethtool, topic.set, body, [echo: true] ++ request),
         {:ok, names} <- Names.fetch(target, topic.sets, request) do
      case unchanged(reply, names) do
        [] -> :ok
        features -> {:error, {:unchanged, features}}
      end
    end
  end

  defp write(target, topic, body, request) do
    body = %{body | dev: %{body.dev | flags: [:omit_reply]}}
    Generic.run(target, Ethtool, topic.set, body, request)
  end

  defp unchanged(%Features{wanted: nil}, _names), do: []

  # The mask has the bits that are not as requested.
  defp unchanged(%Features{wanted: wanted}, names),
    do: Bits.named(wanted, names[:features], :advertised).supported

  # Lists of names become sets of bits.
  defp bits(target, %{bits: bits} = topic, dev, given, request) do
    Enum.reduce_while(given, {:ok, given}, fn
      {key, {:change, switches}}, {:ok, given} ->
        {:cont, {:ok, %{given | key => Bits.change(switches)}}}

      {key, {:only, only}}, {:ok, given} ->
        case only(target, topic, {key, bits[key]}, dev, only, request) do
          {:ok, set} -> {:cont, {:ok, %{given | key => set}}}
          {:error, reason} -> {:halt, {:error, reason}}
        end

      _other, {:ok, given} ->
        {:cont, {:ok, given}}
    end)
  end

  # `ethnl_set_features` refuses a set that clears the features that no link can change.
  defp only(target, %{name: :features}, _field, dev, names, request) do
    with {:ok, features} <-
           Ethtool.get(Batch.target(target), :features, dev.index || dev.name, timeout(request)),
         do: {:ok, Bits.change(Features.switches(names, features))}
  end

  defp only(target, _topic, {key, {set, _form}}, dev, only, request) do
    with {:ok, names} <- names(target, set, dev, request),
         {:error, _bit} <- Bits.only(only, names),
         do: {:error, {:bad_option, key, only}}
  end

  defp names(target, nil, dev, request),
    do: Names.ask(Batch.target(target), dev, :priv_flags, request)

  defp names(target, set, _dev, request) do
    with {:ok, names} <- Names.fetch(target, [set], request), do: {:ok, names[set]}
  end

  defp timeout(request), do: Keyword.take(request, [:timeout])

  @doc """
  Carries out a command: a struct with its options, and the link.
  """
  @spec act(Request.target(), atom(), struct(), term(), keyword()) ::
          done() | {:ok, struct()}
  def act(target, command, body, link, request) do
    with {:ok, dev} <- Dev.of(link),
         do: Generic.run(target, Ethtool, command, %{body | dev: dev}, request)
  end
end
