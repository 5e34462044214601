defmodule Linx.Netlink.Generic.WireGuard.Key do
  @moduledoc """
  Key of WireGuard: 32 bytes, public or secret. Private keys and preshared keys are secret.

  Kernel side: `WG_KEY_LEN` of `include/uapi/linux/wireguard.h`; Curve25519 of RFC 7748.

      alias Linx.Netlink.Generic.WireGuard.Key

      private = Key.generate()
      public = Key.public(private)

  `inspect/2` shows a public key, and of a secret one only that it is secret; this also holds for
  structs, errors and log messages that contain it. `to_string/1` returns the text of either, and string
  interpolation raises.

      iex> inspect(Linx.Netlink.Generic.WireGuard.Key.generate())
      "#Linx.Netlink.Generic.WireGuard.Key<secret>"

  A text does not show whether its key is public, so `parse/1` returns a secret key. It is not equal to
  the public key of the same bytes: compare with `equal?/2`, or read a text that is known to be public
  with `parse_public/1`.
  """

  import Kernel, except: [to_string: 1]
  import Bitwise

  @enforce_keys [:bytes]
  defstruct [:bytes, secret: true]

  @typedoc "A key: its 32 bytes, and whether it is secret."
  @type t :: %__MODULE__{bytes: <<_::256>>, secret: boolean()}

  @doc """
  Generates a private key from random bytes.
  """
  @spec generate() :: t()
  def generate do
    # RFC 7748, section 5: decodeScalar25519.
    <<first, middle::30-bytes, last>> = :crypto.strong_rand_bytes(32)
    %__MODULE__{bytes: <<first &&& 248, middle::binary, (last &&& 127) ||| 64>>}
  end

  @doc """
  Generates a preshared key from random bytes.
  """
  @spec generate_preshared() :: t()
  def generate_preshared, do: %__MODULE__{bytes: :crypto.strong_rand_bytes(32)}

  @doc """
  The public key of a private key.

  Raises `ArgumentError` for any other value, which the message does not show, and where the `:crypto` of
  the VM lacks Curve25519.

      iex> alias Linx.Netlink.Generic.WireGuard.Key
      iex> {:ok, private} = Key.parse("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=")
      iex> Key.public(private)
      #Linx.Netlink.Generic.WireGuard.Key<public hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=>
  """
  @spec public(t()) :: t()
  def public(%__MODULE__{bytes: <<_::256>> = bytes, secret: true}),
    do: %__MODULE__{bytes: derive(bytes), secret: false}

  def public(_other), do: raise(ArgumentError, "not a private key")

  # The error of :crypto has its arguments.
  defp derive(bytes) do
    :crypto.generate_key(:ecdh, :x25519, bytes) |> elem(0)
  rescue
    ErlangError -> raise ArgumentError, "no Curve25519 in the library of :crypto"
  end

  @doc """
  Reads a key: the Base64 text of 32 bytes, such as `wg genkey` prints without the end of the line, or
  the bytes. The key counts as secret.

      iex> {:ok, key} = Linx.Netlink.Generic.WireGuard.Key.parse("hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=")
      iex> key
      #Linx.Netlink.Generic.WireGuard.Key<secret>
      iex> Linx.Netlink.Generic.WireGuard.Key.parse("hSDwCYkw")
      {:error, :bad_key}
  """
  @spec parse(binary() | term()) :: {:ok, t()} | {:error, :bad_key}
  def parse(<<_::256>> = bytes), do: {:ok, %__MODULE__{bytes: bytes}}

  def parse(text) when is_binary(text) and byte_size(text) == 44 do
    with {:ok, <<_::256>> = bytes} <- Base.decode64(text),
         # The last character has two bits that are not used.
         ^text <- Base.encode64(bytes) do
      {:ok, %__MODULE__{bytes: bytes}}
    else
      _ -> {:error, :bad_key}
    end
  end

  def parse(_other), do: {:error, :bad_key}

  @doc """
  Reads a public key, as `parse/1` does.

      iex> {:ok, key} = Linx.Netlink.Generic.WireGuard.Key.parse_public("hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=")
      iex> key
      #Linx.Netlink.Generic.WireGuard.Key<public hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=>
  """
  @spec parse_public(binary() | term()) :: {:ok, t()} | {:error, :bad_key}
  def parse_public(text), do: with({:ok, key} <- parse(text), do: {:ok, %{key | secret: false}})

  @doc """
  The Base64 text of a key, also of a secret one. Raises `ArgumentError` for any other value.
  """
  @spec to_string(t()) :: String.t()
  def to_string(%__MODULE__{bytes: <<_::256>> = bytes}), do: Base.encode64(bytes)
  def to_string(_other), do: raise(ArgumentError, "not a key of WireGuard")

  @doc """
  Whether two keys have the same bytes.
  """
  @spec equal?(t(), t()) :: boolean()
  def equal?(%__MODULE__{bytes: one}, %__MODULE__{bytes: other}), do: one == other
  def equal?(_one, _other), do: false

  # Values of options

  @doc false
  @spec cast_public(term()) :: {:ok, t()} | :error
  def cast_public(value), do: with({:ok, key} <- cast(value), do: {:ok, %{key | secret: false}})

  @doc false
  # `nil` removes a key: the kernel takes zeros for that.
  @spec cast_secret(term()) :: {:ok, t()} | :error
  def cast_secret(nil), do: {:ok, %__MODULE__{bytes: <<0::256>>}}
  def cast_secret(%__MODULE__{secret: false}), do: :error
  def cast_secret(value), do: with({:ok, key} <- cast(value), do: {:ok, %{key | secret: true}})

  defp cast(%__MODULE__{bytes: <<_::256>>} = key), do: {:ok, key}

  defp cast(text) when is_binary(text) and byte_size(text) == 44,
    do: with({:error, _} <- parse(text), do: :error)

  defp cast(_other), do: :error
end

defimpl Inspect, for: Linx.Netlink.Generic.WireGuard.Key do
  def inspect(%{secret: false, bytes: <<_::256>> = bytes}, _opts),
    do: "#Linx.Netlink.Generic.WireGuard.Key<public #{Base.encode64(bytes)}>"

  def inspect(_key, _opts), do: "#Linx.Netlink.Generic.WireGuard.Key<secret>"
end
