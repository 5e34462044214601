defmodule Linx.Netlink.Generic.WireGuard.Endpoint do
  @moduledoc false
  # Address and port of a peer, as an option.

  alias Linx.IP
  alias Linx.Netlink.Generic
  alias Linx.Netlink.Generic.LinkIndex
  alias Linx.Netlink.Request

  @typedoc "Address, port, and the link of a link-local address by its name or index."
  @type t :: {IP.t(), :inet.port_number(), String.t() | pos_integer() | nil}

  # The address in brackets may have a link behind it.
  @bracketed ~r/\A\[([^\]%]+)(?:%([^\]]+))?\]:(\d{1,5})\z/
  @plain ~r/\A([^:\[\]%]+):(\d{1,5})\z/

  @doc """
  An endpoint from `{address, port}`, `{address, port, link}` or text. A link in text that has digits
  alone is an index.
  """
  @spec cast(term()) :: {:ok, t()} | :error
  def cast({address, port}), do: checked(address, port, nil)
  def cast({address, port, link}) when link != nil, do: checked(address, port, link)

  def cast(text) when is_binary(text) do
    case Regex.run(@bracketed, text) || Regex.run(@plain, text) do
      [_, address, port] -> checked(address, String.to_integer(port), nil)
      [_, address, "", port] -> inet6(checked(address, String.to_integer(port), nil))
      [_, address, link, port] -> checked(address, String.to_integer(port), link(link))
      nil -> :error
    end
  end

  def cast(_other), do: :error

  defp inet6({:ok, {%IP{family: :inet6}, _port, _link}} = endpoint), do: endpoint
  defp inet6(_other), do: :error

  defp link(text) do
    case Integer.parse(text) do
      {index, ""} -> index
      _ -> text
    end
  end

  defp checked(address, port, link) do
    with true <- port in 0..0xFFFF and link?(link),
         {:ok, ip} <- IP.cast(address),
         true <- link == nil or ip.family == :inet6 do
      {:ok, {ip, port, link}}
    else
      _ -> :error
    end
  end

  defp link?(nil), do: true
  defp link?(index) when is_integer(index), do: index in 1..0x7FFFFFFF
  defp link?(name), do: is_binary(name) and name != "" and not Linx.Text.nul?(name)

  @doc """
  The value of the attribute, with the index of the link.
  """
  @spec resolve(t(), Request.target(), keyword()) ::
          {:ok, {IP.t(), :inet.port_number()} | {IP.t(), :inet.port_number(), pos_integer()}}
          | {:error, Generic.error() | {:bad_option, :link, term()}}
  def resolve({ip, port, nil}, _target, _opts), do: {:ok, {ip, port}}

  def resolve({ip, port, link}, target, opts),
    do: with({:ok, index} <- LinkIndex.fetch(target, link, opts), do: {:ok, {ip, port, index}})
end
