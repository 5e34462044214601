defmodule Linx.Netlink.Generic.Macsec.Sci do
  @moduledoc false
  # Identifiers of secure channels as arguments.

  alias Linx.MAC

  @doc "The number of `{mac, port}`; a number is returned as it is."
  @spec cast(term()) :: {:ok, non_neg_integer()} | :error
  def cast(number) when is_integer(number) and number in 0..0xFFFFFFFFFFFFFFFF, do: {:ok, number}

  def cast({mac, port}) when is_integer(port) and port in 0..0xFFFF do
    case MAC.cast(mac) do
      {:ok, %MAC{bytes: bytes}} -> {:ok, :binary.decode_unsigned(bytes <> <<port::16>>)}
      {:error, _reason} -> :error
    end
  end

  def cast(_other), do: :error
end
