defmodule Linx.Netlink.Generic.Nl80211.Ref do
  @moduledoc false
  # References to interfaces and radios, as arguments: a link by name or index, an interface without a
  # link by `{:wdev, id}`, a radio by name or index.

  alias Linx.Netlink.{Batch, Generic}
  alias Linx.Netlink.Generic.{LinkIndex, Nl80211}
  alias Linx.Netlink.Generic.Nl80211.{Commands, Wiphy}

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
  def wiphy(_target, index, _opts) when index in 0..0xFFFFFFFF, do: {:ok, index}

  def wiphy(target, name, opts) when is_binary(name) and name != "" do
    with {:ok, parts} <- Generic.dump(Batch.target(target), Commands, :get_wiphy, %Wiphy{}, opts) do
      case Enum.find(parts, &(&1.wiphy_name == name)) do
        nil -> {:error, Linx.Netlink.Error.from_errno(19)}
        %Wiphy{wiphy: index} -> {:ok, index}
      end
    end
  end

  def wiphy(_target, other, _opts), do: {:error, {:bad_option, :wiphy, other}}

  @doc """
  The struct with a radio, where one is given.
  """
  @spec put_wiphy(Linx.Netlink.Request.target(), struct(), Nl80211.wiphy() | nil, keyword()) ::
          {:ok, struct()} | {:error, Nl80211.error()}
  def put_wiphy(_target, struct, nil, _opts), do: {:ok, struct}

  def put_wiphy(target, struct, wiphy, opts) do
    with {:ok, index} <- wiphy(target, wiphy, opts), do: {:ok, %{struct | wiphy: index}}
  end

  @doc """
  Whether a notification is of the interface in a struct.
  """
  @spec same?(map(), map()) :: boolean()
  def same?(%{ifindex: nil, wdev: wdev}, event), do: event.wdev == wdev
  def same?(%{ifindex: index}, event), do: event.ifindex == index
end
