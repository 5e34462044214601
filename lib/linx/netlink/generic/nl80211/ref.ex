defmodule Linx.Netlink.Generic.Nl80211.Ref do
  @moduledoc false
  # References to interfaces and radios, as arguments: a link by name or index, an interface without a
  # link by `{:wdev, id}`, a radio by name or index.

  alias Linx.Netlink.{Batch, Error, Generic, Options, Request}
  alias Linx.Netlink.Generic.Nl80211.{Commands, Wiphy}

  @doc """
  Checks an interface: the fields of one without a link, or a link to be looked up.
  """
  @spec link(term()) ::
          {:ok, {:fields, keyword()} | {:link, atom(), term()}}
          | :error
          | {:error, Options.reason()}
  def link({:wdev, id}) when id in 0..0xFFFFFFFFFFFFFFFF, do: {:ok, {:fields, [wdev: id]}}
  def link({:wdev, _id}), do: :error
  def link(link), do: Options.Type.check(:link, :link, link)

  @doc """
  Checks a radio: its index, or a lookup of its name.
  """
  @spec wiphy(term()) ::
          {:ok,
           0..0xFFFFFFFF
           | {:lookup,
              (Request.target(), keyword() -> {:ok, 0..0xFFFFFFFF} | {:error, Generic.error()})}}
          | :error
  def wiphy(index) when index in 0..0xFFFFFFFF, do: {:ok, index}

  def wiphy(name) when is_binary(name) and name != "" do
    if Linx.Text.nul?(name), do: :error, else: {:ok, {:lookup, &index(&1, name, &2)}}
  end

  def wiphy(_other), do: :error

  # A name that no radio has is `:enodev`, as the kernel refuses an index.
  defp index(target, name, opts) do
    with {:ok, parts} <- Generic.dump(Batch.target(target), Commands, :get_wiphy, %Wiphy{}, opts) do
      case Enum.find(parts, &(&1.wiphy_name == name)) do
        nil -> {:error, Error.from_errno(19)}
        %Wiphy{wiphy: index} -> {:ok, index}
      end
    end
  end

  @doc """
  Whether a notification is of the interface in a struct.
  """
  @spec same?(map(), map()) :: boolean()
  def same?(%{ifindex: nil, wdev: wdev}, event), do: event.wdev == wdev
  def same?(%{ifindex: index}, event), do: event.ifindex == index
end
