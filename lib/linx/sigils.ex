defmodule Linx.Sigils do
  @moduledoc """
  Sigils for literal addresses, checked by the compiler: `import Linx.Sigils`.

      import Linx.Sigils

      ~IP"10.0.0.5"               # a Linx.IP
      ~IP"10.0.0.0/24"            # a Linx.IP.Subnet
      ~MAC"02:aa:bb:cc:dd:ee"     # a Linx.MAC

  A result is a literal, so a sigil can stand in a pattern:

      def uplink?(%Route{gateway: ~IP"10.0.0.1"}), do: true

  Sigils with names of several letters can be written from Elixir 1.15 on. Any version can call
  their macros:

      iex> import Linx.Sigils
      iex> sigil_IP(<<"10.0.0.5">>, []).bytes
      <<10, 0, 0, 5>>
      iex> sigil_IP(<<"10.0.0.0/8">>, []).prefix
      8
      iex> sigil_MAC(<<"02:aa:bb:cc:dd:ee">>, []).bytes
      <<0x02, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE>>

  This module holds nothing but sigils: importing it cannot conflict with a function of the
  importing module. `import Linx.IP` and `import Linx.MAC` bring the same sigils together with the
  functions of those modules. A module imports a sigil from one place: with `import Linx.IP` beside
  `import Linx.Sigils`, a use of `~IP` is ambiguous, which is a compile error.
  """

  alias Linx.{IP, MAC}
  alias Linx.IP.Subnet

  @doc """
  The sigil `~IP`: a `Linx.IP`, or a `Linx.IP.Subnet` if the text contains a slash.

  Other text is an `ArgumentError` at compile time. There are no modifiers.
  """
  defmacro sigil_IP({:<<>>, _meta, [text]}, []) when is_binary(text),
    do: Macro.escape(__ip__(text))

  @doc """
  The sigil `~MAC`: a `Linx.MAC`.

  Other text is an `ArgumentError` at compile time. There are no modifiers.
  """
  defmacro sigil_MAC({:<<>>, _meta, [text]}, []) when is_binary(text),
    do: Macro.escape(MAC.parse!(text))

  # The value of `~IP`, also for `Linx.IP.sigil_IP/2`.
  @doc false
  @spec __ip__(String.t()) :: IP.t() | Subnet.t()
  def __ip__(text),
    do: if(String.contains?(text, "/"), do: Subnet.parse!(text), else: IP.parse!(text))
end
