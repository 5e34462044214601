defmodule Linx.Netlink.Generic.Nl80211.Ref do
  @moduledoc false
  # References to interfaces and radios, as arguments: a link by name or index, an interface without a
  # link by `{:wdev, id}`, a radio by name or index.

  alias Linx.Netlink.{Batch, Generic}
  alias Linx.Netlink.Generic.{LinkIndex, Nl80211}
  alias Linx.Netlink.Generic.Nl80211.{Commands, Requests, Wiphy}

  @doc """
  The struct with the interface: its `ifindex` or its `wdev`.
  """
  @spec put(Linx.Netlink.Request.target(), struct(), Nl80211.link(), keyword()) ::
          {:ok, struct()} | {:error, Nl80211.error()}
  def put(_target, struct, {:wdev, id}, _opts) when id in 0..0xFFFFFFFFFFFFFFFF,
    do: {:ok, %{struct | wdev: id}}

  def put(target, struct, link, opts) do
    with {:ok, index} <- LinkIndex.fetch(target, link, opts),
         do: {:ok, %{struct | ifindex: index}}
  end

  @doc """
  The index of a radio. One without a radio of the name is `:enodev`, as the kernel refuses an index.
  """
  @spec wiphy(Linx.Netlink.Request.target(), Nl80211.wiphy(), keyword()) ::
          {:ok, 0..0xFFFFFFFF} | {:error, Nl80211.error()}
  def wiphy(target, wiphy, opts) do
    with {:ok, wiphy} <- Requests.argument(:wiphy, wiphy, &Requests.wiphy/1),
         do: index(target, wiphy, opts)
  end

  defp index(_target, index, _opts) when is_integer(index), do: {:ok, index}

  defp index(target, name, opts) do
    with {:ok, parts} <- Generic.dump(Batch.target(target), Commands, :get_wiphy, %Wiphy{}, opts) do
      case Enum.find(parts, &(&1.wiphy_name == name)) do
        nil -> {:error, Linx.Netlink.Error.from_errno(19)}
        %Wiphy{wiphy: index} -> {:ok, index}
      end
    end
  end

  @doc """
  The struct with a radio.
  """
  @spec put_wiphy(Linx.Netlink.Request.target(), struct(), Nl80211.wiphy(), keyword()) ::
          {:ok, struct()} | {:error, Nl80211.error()}
  def put_wiphy(target, struct, wiphy, opts) do
    with {:ok, index} <- wiphy(target, wiphy, opts), do: {:ok, %{struct | wiphy: index}}
  end

  @doc """
  The struct with the radio of the option `:wiphy`, if it is given.
  """
  @spec put_chosen(Linx.Netlink.Request.target(), struct(), map(), keyword()) ::
          {:ok, struct()} | {:error, Nl80211.error()}
  def put_chosen(target, struct, %{wiphy: wiphy}, opts),
    do: put_wiphy(target, struct, wiphy, opts)

  def put_chosen(_target, struct, %{}, _opts), do: {:ok, struct}

  @doc """
  Whether a notification is of the interface in a struct.
  """
  @spec same?(map(), map()) :: boolean()
  def same?(%{ifindex: nil, wdev: wdev}, event), do: event.wdev == wdev
  def same?(%{ifindex: index}, event), do: event.ifindex == index
end
